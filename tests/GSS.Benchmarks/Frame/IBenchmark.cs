namespace GSS.Benchmarks;

/// <summary>One measurement with a name, run by <c>dotnet run --project tests/GSS.Benchmarks -c Release -- NAME [options]</c>.</summary>
internal interface IBenchmark
{
    /// <summary>What the command line calls it; also the name of its file under <c>results/</c>.</summary>
    string Name { get; }

    /// <summary>One line for the list: what is measured, and the options it knows.</summary>
    string Summary { get; }

    /// <summary>Measures, and writes tables and bars into the report.</summary>
    void Run(BenchmarkArguments arguments, BenchmarkReport report);
}
