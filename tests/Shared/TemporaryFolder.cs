namespace GSS.Tests;

/// <summary>A folder of the test's own, deleted at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gss-tests-");

    public string FullName => _folder.FullName;

    public string File(string name) => Path.Combine(FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
