using System.Diagnostics;

namespace GSS.Benchmarks;

/// <summary>Runs a notebook in the kernel or its twin as a program, as a process of its own, and measures time, time on processors (which says more where other work runs beside it) and memory.</summary>
internal sealed record NotebookRun(int ExitCode, string Output, TimeSpan Time, TimeSpan ProcessorTime, double PeakMebibytes)
{
    /// <summary>What makes the numbers of a notebook small.</summary>
    public const string SmallVariable = "GSS_NOTEBOOK_SMALL";

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    /// <summary>Starts the dotnet command and waits for its end.</summary>
    /// <param name="root">The folder it runs in.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">What is set for it.</param>
    public static NotebookRun Dotnet(string root, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        var clock = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        double peak = 0;
        TimeSpan processors = default;
        while (!process.WaitForExit(BetweenLooks))
        {
            int[] family = [.. Family(process.Id)];
            peak = Math.Max(peak, family.Select(ProcessMemory.PeakMebibytes).Where(double.IsFinite).DefaultIfEmpty(0).Max());
            var now = TimeSpan.FromTicks(family.Sum(id => TimeOnProcessors(id).Ticks));
            processors = now > processors ? now : processors;
        }

        return new(process.ExitCode, output.Result + error.Result, clock.Elapsed, processors, peak);
    }

    private static TimeSpan TimeOnProcessors(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return process.TotalProcessorTime;
        }
        catch (Exception ended) when (ended is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return default;
        }
    }

    /// <summary>A process and all that it started, by Linux's account; the process alone elsewhere.</summary>
    private static IEnumerable<int> Family(int process)
    {
        string file = $"/proc/{process}/task/{process}/children";
        string children = "";
        try
        {
            children = File.Exists(file) ? File.ReadAllText(file) : "";
        }
        catch (IOException)
        {
            // It has just ended.
        }

        return [process, .. children.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(child => Family(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture)))];
    }
}
