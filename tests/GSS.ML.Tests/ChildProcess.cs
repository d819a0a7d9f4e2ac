using System.Diagnostics;

namespace GSS.ML.Tests;

/// <summary>This test assembly started again as a process of its own, in which a task runs in place of the tests.</summary>
internal static class ChildProcess
{
    private const string TaskVariable = "GSS_TEST_CHILD";

    private static readonly Dictionary<string, Action> s_tasks = new()
    {
        ["score"] = ScoringProcess.Score,
        ["save"] = FullDiskTests.SaveAll,
        ["options"] = OptionsInAFreshProcessTests.ScoreAll,
        ["score without telemetry"] = ProcessTests.Score,
        ["torch first"] = ProcessTests.UseTorchFirst,
        ["load"] = LoadingFaultTests.Load,
        ["share"] = SharedModelTests.Share,
        ["quickstart"] = QuickstartTests.Start,
        ["camvid"] = CamVidSampleTests.Start,
        ["chain"] = ChainSampleTests.Start,
        ["scoring"] = ScoringSampleTests.Start,
    };

    /// <summary>Runs a task.</summary>
    /// <param name="task">Its name.</param>
    /// <param name="launcher">A command and its first arguments that start the process; empty to start it directly.</param>
    /// <param name="environment">What the task reads.</param>
    /// <returns>What it printed, or the exception that ended it.</returns>
    public static string Run(string task, string[] launcher, params (string Name, string Value)[] environment) => RunBoth(task, launcher, [.. environment.Select(pair => (pair.Name, (string?)pair.Value))]).Output;

    /// <summary>As <see cref="Run"/>, with what it wrote to the error stream; a variable without value is taken away.</summary>
    public static (string Output, string Error, int ExitCode) RunBoth(string task, string[] launcher, params (string Name, string? Value)[] environment)
    {
        using Process child = Start(task, launcher, environment);
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return (output, error.Result, child.ExitCode);
    }

    /// <summary>Starts a task and leaves it running; its output and error streams are the caller's to read.</summary>
    public static Process Start(string task, string[] launcher, params (string Name, string? Value)[] environment)
    {
        string[] command = [.. launcher, Environment.ProcessPath!];
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            command = [.. command, typeof(ChildProcess).Assembly.Location];
        }

        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[TaskVariable] = task;
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    // No module initializer: other threads wait for its end before they run anything of this assembly.
    private static async Task<int> Main(string[] arguments)
    {
        if (Environment.GetEnvironmentVariable(TaskVariable) is not { } task)
        {
            return await MicrosoftTestingPlatformApplication.RunAsync(arguments);
        }

        try
        {
            s_tasks[task]();
        }
        catch (Exception e)
        {
            Console.WriteLine(e);
        }

        return 0;
    }
}
