using System.Runtime.CompilerServices;
using GSS.Benchmarks;

// One line registers a benchmark.
IBenchmark[] benchmarks =
[
    new DecodeBenchmark(),
    new EvaluateBenchmark(),
    new TokenizerBenchmark(),
    new TrainTokenizer(),
    new VariantsBenchmark(),
    new AblationBenchmark(),
    new InverseBenchmark(),
    new TransferBenchmark(),
    new QuantizersBenchmark(),
    new CamVidTraining(),
    new ScoringBenchmark(),
    new KeptTokensBenchmark(),
    new DecisionBenchmark(),
    new TrainingBenchmark(),
    new HeadStepsBenchmark(),
    new WaitingBenchmark(),
    new AllocatorBenchmark(),
    new OverheadBenchmark(),
    new MemoryBenchmark(),
    new FuzzBenchmark(),
    new NetworksBenchmark(),
    new LargeBenchmark(),
    new ViewsBenchmark(),
    new SessionOptionsBenchmark(),
    new QuantizeBenchmark(),
    new BrowserBenchmark(),
    new RequestsBenchmark(),
    new NotebooksBenchmark(),
];

return Run(args);

int Run(string[] arguments)
{
    string name = arguments.FirstOrDefault() ?? "list";
    if (name is "list" or "--help" or "-h")
    {
        List();
        return 0;
    }

    if (benchmarks.FirstOrDefault(benchmark => benchmark.Name == name) is not { } chosen)
    {
        Console.Error.WriteLine($"There is no benchmark '{name}'; 'list' names those there are.");
        return 1;
    }

    try
    {
        var given = new BenchmarkArguments(arguments.Skip(1));
        var report = new BenchmarkReport(Console.Out);
        string folder = given.Text("--results", ResultsFolder());
        chosen.Run(given, report);
        string command = "dotnet run --project tests/GSS.Benchmarks -c Release -- " + string.Join(' ', arguments.Select(Portable));
        report.Finish(chosen.Name, command, folder == "none" ? null : folder);
        foreach (string option in given.Unknown())
        {
            Console.Error.WriteLine($"The benchmark '{name}' knows no option {option}; it was ignored.");
        }

        return 0;
    }
    catch (BenchmarkException e)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
}

void List()
{
    Console.WriteLine("dotnet run --project tests/GSS.Benchmarks -c Release -- NAME [options] [--results FOLDER|none]");
    Console.WriteLine();
    foreach (IBenchmark benchmark in benchmarks)
    {
        Console.WriteLine($"  {benchmark.Name,-12} {benchmark.Summary}");
    }
}

// Results are kept: no path of one machine in them.
static string Portable(string argument) => Path.IsPathRooted(argument) ? Path.GetRelativePath(Environment.CurrentDirectory, argument) : argument;

static string ResultsFolder([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "results");
