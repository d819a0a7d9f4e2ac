namespace GSS.Core.Tests;

[TestClass]
public class SegmentationModelFileTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gss-package-").FullName;

    [TestCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void SaveThenLoad_ReplacesAndLeavesNothingElse()
    {
        string path = Path.Combine(_folder, "street.gss");
        File.WriteAllText(path, "an older file");
        SegmentationModelPackageTests.Package(withEncoder: true).Save(path);
        CollectionAssert.AreEqual(new byte[] { 8, 9 }, SegmentationModelPackage.Load(path).Encoder);
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void Save_OnAFolderThatCannotBeWrittenIsOneSentence()
    {
        // A file where a folder should be: refused for every user, root included.
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        string path = Path.Combine(file, "street.gss");
        var e = Assert.ThrowsExactly<SegmentationModelException>(() => SegmentationModelPackageTests.Package().Save(path));
        Assert.StartsWith($"The model package '{path}' could not be written (", e.Message);
        CollectionAssert.AreEqual(new[] { file }, Directory.GetFileSystemEntries(_folder));
    }

    [TestMethod]
    public void Load_OfAMissingFileIsOneSentence()
    {
        string path = Path.Combine(_folder, "none.gss");
        var e = Assert.ThrowsExactly<SegmentationModelException>(() => SegmentationModelPackage.Load(path));
        Assert.AreEqual($"The model package '{path}' does not exist: give the path of a file that SegmentationModelPackage.Save wrote.", e.Message);
        e = Assert.ThrowsExactly<SegmentationModelException>(() => SegmentationModelPackage.Load(_folder));
        Assert.StartsWith($"The model package '{_folder}' could not be read (", e.Message);
    }
}
