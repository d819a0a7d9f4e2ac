using System.Security.Cryptography;

namespace GSS.Torch;

/// <summary>A description that can tell itself from every other, by more than the name that people read.</summary>
internal interface IHasIdentity
{
    /// <summary>Name and parameters, and the content of the weight files.</summary>
    string Identity { get; }
}

/// <summary>Files told apart by their bytes.</summary>
internal static class FileContent
{
    /// <summary>A short text that is different for files of different content: the beginning of their SHA-256.</summary>
    public static string Identity(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Text(SHA256.HashData(stream));
    }

    /// <summary>The same for the bytes of a file.</summary>
    public static string Identity(ReadOnlySpan<byte> bytes) => Text(SHA256.HashData(bytes));

    private static string Text(byte[] hash) => "sha256 " + Convert.ToHexStringLower(hash)[..16];
}
