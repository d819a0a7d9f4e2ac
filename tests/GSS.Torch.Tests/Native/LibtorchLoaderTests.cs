using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace GSS.Tests.Native;

[TestClass]
public sealed class LibtorchLoaderTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gss-libtorch-").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Folder_NotNamed_IsTheFirstOfTheApplication()
    {
        string first = Libtorch("first");

        Assert.AreEqual(first, new LibtorchLoader([_folder, first, Libtorch("second")], null).LibtorchFolder());
    }

    [TestMethod]
    public void Folder_NamedByItsRoot_IsItsLib()
    {
        string lib = Libtorch("torch/lib");

        Assert.AreEqual(lib, new LibtorchLoader([], Path.Combine(_folder, "torch")).LibtorchFolder());
        Assert.AreEqual(lib, new LibtorchLoader([], lib).LibtorchFolder());
    }

    [TestMethod]
    public void Folder_NamedIsTheApplicationsOwn_Ok()
    {
        string own = Libtorch("own");

        Assert.AreEqual(own, new LibtorchLoader([own], own).LibtorchFolder().TrimEnd('/'));
    }

    [TestMethod]
    public void Folder_NamedBesideTheApplicationsOwn_Refused()
    {
        string own = Libtorch("own");
        string named = Libtorch("named");

        var e = Assert.ThrowsExactly<NativeLibraryException>(() => new LibtorchLoader([own], named).LibtorchFolder());

        Assert.AreEqual(
            $"The environment variable GSS_LIBTORCH names the libtorch in '{named}', but the application has its own in '{own}' and a process can hold only one: "
            + "build the application with GSS_LIBTORCH set or with -p:GssDevice=none, which leaves its own out, or unset the variable.",
            e.Message);
    }

    [TestMethod]
    public void Load_WithoutTorchSharp_SaysSo()
    {
        var e = Assert.ThrowsExactly<NativeLibraryException>(() => new LibtorchLoader([_folder], null).Load());

        StringAssert.StartsWith(e.Message, $"Training needs TorchSharp's native library {NativeFolders.FileName("LibTorchSharp")}, which is in none of the application's folders:");
    }

    [TestMethod]
    public void Load_WithoutLibtorch_NamesThePackage()
    {
        Library(_folder, "LibTorchSharp");

        var e = Assert.ThrowsExactly<NativeLibraryException>(() => new LibtorchLoader([_folder], null).Load());

        StringAssert.StartsWith(e.Message, $"Training needs libtorch 2.10.0, and {NativeFolders.FileName("torch_cpu")} is in none of the application's folders:");
        StringAssert.Contains(e.Message, $"libtorch-cpu-{NativeFolders.RuntimeIdentifier}");
    }

    [TestMethod]
    public void Load_DamagedLibtorch_NamesTheFile()
    {
        Library(_folder, "LibTorchSharp");
        string damaged = Library(_folder, "torch_cpu");

        var e = Assert.ThrowsExactly<NativeLibraryException>(() => new LibtorchLoader([_folder], null).Load());

        StringAssert.StartsWith(e.Message, $"'{damaged}' cannot be loaded (");
    }

    [TestMethod]
    [DataRow("build-version", "2.10.0+cpu\n", "2.10.0+cpu")]
    [DataRow("version.py", "from typing import Optional\n__version__ = '2.11.0+cu130'\ndebug = False\n", "2.11.0+cu130")]
    [DataRow("other.txt", "2.10.0", null)]
    public void VersionOf_ReadsWhatTheInstallationNotes(string file, string text, string? expected)
    {
        string lib = Libtorch("lib");
        File.WriteAllText(Path.Combine(_folder, file), text);

        Assert.AreEqual(expected, LibtorchLoader.VersionOf(lib));
    }

    private string Libtorch(string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        Library(folder, "torch_cpu");
        return folder;
    }

    private static string Library(string folder, string name)
    {
        string path = Path.Combine(folder, NativeFolders.FileName(name));
        File.WriteAllText(path, "not a library");
        return path;
    }
}
