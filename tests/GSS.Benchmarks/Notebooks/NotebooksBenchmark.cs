using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using GSS.Core;

namespace GSS.Benchmarks;

/// <summary>Runs every notebook in the real kernel against the packages of this repository, and its twin as a program; fails on the first error. With <c>--write</c> the notebooks are written anew, outputs and all.</summary>
internal sealed class NotebooksBenchmark : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "notebooks";

    /// <inheritdoc/>
    public string Summary => "every notebook in the kernel, and its twin: time and memory [--small] [--write] [--only NAME] [--feed FOLDER with packages] [--kernel-only] [--twins-only]";

    /// <inheritdoc/>
    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        string root = Root();
        bool small = arguments.Has("--small"), write = arguments.Has("--write"), kernelOnly = arguments.Has("--kernel-only"), twinsOnly = arguments.Has("--twins-only");
        string? only = arguments.TextOrNull("--only"), feed = arguments.TextOrNull("--feed");
        string[] twins = [.. Directory.GetFiles(Path.Combine(root, "notebooks"), "*.cs").Where(path => only is null || Path.GetFileNameWithoutExtension(path) == only).Order(StringComparer.Ordinal)];
        if (twins.Length == 0)
        {
            throw new BenchmarkException($"There is no notebook '{only}'.");
        }

        string work = Directory.CreateTempSubdirectory("gss-notebooks-").FullName;
        try
        {
            var kernel = twinsOnly ? null : new Kernel(root, work, feed ?? Pack(root, Path.Combine(work, "feed"), report), small);
            var rows = new List<object[]>();
            foreach (string twin in twins)
            {
                string name = Path.GetFileNameWithoutExtension(twin);
                report.Progress($"{name} ...");
                NotebookRun? inKernel = kernel?.Run(twin, write), alone = kernelOnly ? null : RunTwin(root, twin, small);
                rows.Add([name, .. Cells(inKernel), .. Cells(alone)]);
            }

            report.Table(["notebook", "kernel, s", "processors, s", "peak MiB", "twin, s", "processors, s", "peak MiB"], rows);
            report.Line("Kernel: dotnet-repl against packages in a local feed, from start to end, packages restored from the machine's cache. Twin: `dotnet run`, built before.");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static object[] Cells(NotebookRun? run) => run is null ? ["-", "-", "-"] : [Math.Round(run.Time.TotalSeconds), Math.Round(run.ProcessorTime.TotalSeconds), Math.Round(run.PeakMebibytes)];

    private static string Pack(string root, string feed, BenchmarkReport report)
    {
        report.Progress("packing ...");
        Require(NotebookRun.Dotnet(root, ["pack", "GSS.ML.sln", "-c", "Release", "-o", feed, "-p:GssAllSystems=false", "-clp:ErrorsOnly"]), "packing");
        return feed;
    }

    private static NotebookRun RunTwin(string root, string twin, bool small)
    {
        Require(NotebookRun.Dotnet(root, ["build", twin, "-c", "Release", "-clp:ErrorsOnly"]), $"the build of '{Path.GetFileName(twin)}'");
        return Require(NotebookRun.Dotnet(root, ["run", "--no-build", "-c", "Release", twin], Small(small)), $"'{Path.GetFileName(twin)}'");
    }

    private static (string Name, string Value) Small(bool small) => (NotebookRun.SmallVariable, small ? "1" : "");

    private static NotebookRun Require(NotebookRun run, string what) =>
        run.ExitCode == 0 ? run : throw new BenchmarkException($"{what} ended with exit code {run.ExitCode}:\n{run.Output}");

    private static string Root([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));

    /// <summary>The kernel of .NET Interactive without a browser: the tool dotnet-repl, with packages from a feed and a package folder of its own.</summary>
    private sealed class Kernel
    {
        private readonly string _root, _work, _feed;
        private readonly (string Name, string Value)[] _environment;

        public Kernel(string root, string work, string feed, bool small)
        {
            (_root, _work, _feed) = (root, work, Path.Combine(work, "packages-of-this-run"));
            Directory.CreateDirectory(_feed);
            foreach (string package in Directory.GetFiles(feed, "*.nupkg"))
            {
                File.Copy(package, Path.Combine(_feed, Path.GetFileName(package)));
            }

            Require(NotebookRun.Dotnet(root, ["tool", "restore"]), "dotnet tool restore");

            // What is packed anew under the same version must not come out of a cache: neither NuGet's (a package folder of its own, all else from the machine's,
            // which MSBuild takes from an environment variable) nor the kernel's, which remembers what a source gave it (a feed with a new name each time).
            string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
            _environment =
            [
                ("RestoreAdditionalProjectFallbackFolders", cache), ("NUGET_PACKAGES", Path.Combine(work, "packages")), Small(small),
            ];
        }

        public NotebookRun Run(string twin, bool write)
        {
            string name = Path.GetFileNameWithoutExtension(twin), source = Path.Combine(_work, name + ".ipynb"), result = Path.Combine(_work, name + ".out.ipynb");
            IReadOnlyList<NotebookCell> cells = NotebookSource.Read(twin, _root);
            File.WriteAllText(source, NotebookFile.Write([new(true, $"#i \"nuget:{_feed}\""), .. cells]));
            NotebookRun run = NotebookRun.Dotnet(_root, ["tool", "run", "dotnet-repl", "--", "--run", source, "--exit-after-run", "--output-path", result], _environment);
            string json = File.Exists(result) ? File.ReadAllText(result) : throw new BenchmarkException($"The notebook '{name}' gave no result:\n{run.Output}");
            if (NotebookFile.Error(json) is { } error || run.ExitCode != 0)
            {
                throw new BenchmarkException($"The notebook '{name}' ended with exit code {run.ExitCode}: {NotebookFile.Error(json) ?? run.Output}");
            }

            IReadOnlyList<JsonArray> outputs = [.. NotebookFile.Outputs(json).Skip(1)];
            if (outputs.Count != cells.Count)
            {
                throw new BenchmarkException($"The notebook '{name}' came back with {outputs.Count} cells, expected {cells.Count}.");
            }

            if (write)
            {
                string text = NotebookFile.Write(cells, outputs);
                AtomicFile.Write(Path.ChangeExtension(twin, ".ipynb"), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
            }

            return run;
        }
    }
}
