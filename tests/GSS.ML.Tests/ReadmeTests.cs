using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using GSS.Core;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using Quickstart;

namespace GSS.Tests;

/// <summary>The README and those of samples, notebooks and libraries are part of the product: their code compiles and runs, their JSON is read, their links lead somewhere, the number is the one the quickstart checks.</summary>
[TestClass]
public sealed partial class ReadmeTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Readme = File.ReadAllText(Path.Combine(Root, "README.md"));

    public static IEnumerable<object[]> Pages() => new[] { "samples", "notebooks", "src", "tests" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "README.md", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules"))
        .Order().Prepend("README.md").Select(path => new object[] { path });

    [TestMethod]
    [DynamicData(nameof(Pages))]
    public void CSharp_ReadFromTopToBottom_CompilesAsItStands(string page)
    {
        string program = Program(Read(page));
        if (program.Length > 0)
        {
            Compile(program);
        }
    }

    [TestMethod]
    public void CSharp_OnSmallScenes_Runs()
    {
        string folder = Directory.CreateTempSubdirectory("gss-readme-").FullName;
        try
        {
            DrawScenes(Path.Combine(folder, "train"), count: 8, firstSeed: 1);
            DrawScenes(Path.Combine(folder, "test"), count: 2, firstSeed: 100);
            string program = Program(Readme);
            foreach ((string found, string replacement) in (ReadOnlySpan<(string, string)>)
            [
                ("\"train/", $"@\"{folder}/train/"), ("\"test/", $"@\"{folder}/test/"), ("\"street.zip\"", $"@\"{folder}/street.zip\""), ("Epochs = 30", "Epochs = 1"),
            ])
            {
                Assert.IsTrue(program.Contains(found, StringComparison.Ordinal), $"The README's program has no {found}, which this test replaces to make it small.");
                program = program.Replace(found, replacement, StringComparison.Ordinal);
            }

            Run(Compile(program));
            Assert.IsTrue(File.Exists(Path.Combine(folder, "street.zip")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void Json_OfOwnClasses_IsRead()
    {
        string[] json = [.. Pages().SelectMany(page => Blocks(Read((string)page[0]), "json"))];
        Assert.IsNotEmpty(json);
        foreach (string classes in json)
        {
            Assert.AreEqual("Farm3", SegmentationClasses.FromJson(classes).Name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Pages))]
    public void Links_InsideTheRepository_LeadSomewhere(string page)
    {
        foreach (string link in LinkPattern().Matches(Read(page)).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal)))
        {
            Assert.IsTrue(Path.Exists(Path.Combine(Root, Path.GetDirectoryName(page)!, link)), $"{page} links to '{link}', which is not there.");
        }
    }

    [TestMethod]
    public void Every_Sample_HasAPage_ThatTheReadmeLinks()
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.Combine(Root, "samples")).Select(path => Path.GetFileName(path)!))
        {
            Assert.Contains($"(samples/{folder}/README.md)", Readme);
            Assert.IsTrue(File.Exists(Path.Combine(Root, "samples", folder, "README.md")), folder);
        }
    }

    [TestMethod]
    public void Promise_IsTheNumberThatTheQuickstartChecks() =>
        Assert.IsTrue(Readme.Contains($"**{Promise.Text}**", StringComparison.Ordinal), $"The README does not promise {Promise.Text}, which the quickstart checks.");

    private static string Read(string page) => File.ReadAllText(Path.Combine(Root, page));

    private static string Program(string text)
    {
        string[] lines = [.. Blocks(text, "csharp").SelectMany(block => block.Split('\n'))];
        bool IsUsing(string line) => UsingPattern().IsMatch(line);
        return string.Join('\n', [.. lines.Where(IsUsing).Distinct(), .. lines.Where(line => !IsUsing(line))]);
    }

    private static IEnumerable<string> Blocks(string text, string language) =>
        BlockPattern().Matches(text).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value);

    /// <summary>Compiles a program with top-level statements as a project with implicit usings would.</summary>
    private static byte[] Compile(string program)
    {
        const string implicitUsings = "global using System; global using System.IO; global using System.Linq; global using System.Collections.Generic;";
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        string[] assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create(
            "Readme",
            [CSharpSyntaxTree.ParseText(implicitUsings, options), CSharpSyntaxTree.ParseText(program, options)],
            assemblies.Select(path => MetadataReference.CreateFromFile(path)),
            new(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Diagnostic[] faults = [.. result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error || (d.Severity == DiagnosticSeverity.Warning && d.Id != "CS1701"))];
        Assert.IsEmpty(faults, string.Join('\n', faults.Select(fault => fault.ToString())));
        return stream.ToArray();
    }

    private static void Run(byte[] assembly)
    {
        using var bytes = new MemoryStream(assembly);
        MethodInfo main = AssemblyLoadContext.Default.LoadFromStream(bytes).EntryPoint!;
        main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [Array.Empty<string>()], null);
    }

    /// <summary>Drawn streets with the classes of CamVid: the first eight ids have other names there, which does not matter to the code.</summary>
    private static void DrawScenes(string folder, int count, int firstSeed)
    {
        for (int seed = firstSeed; seed < firstSeed + count; seed++)
        {
            (RgbImage image, LabelMap labels) = StreetCamera.Take(seed, 64, 48);
            ImageWriter.SavePng(image, Path.Combine(folder, "images", $"{seed}.png"));
            LabelWriter.SavePng(labels, SegmentationClasses.CamVid, Path.Combine(folder, "labels", $"{seed}.png"));
        }
    }

    private static string FindRoot([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", ".."));

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();

    [GeneratedRegex(@"^using [\w.]+;", RegexOptions.Multiline)]
    private static partial Regex UsingPattern();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex LinkPattern();
}
