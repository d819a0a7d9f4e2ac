using System.CommandLine;
using System.CommandLine.Parsing;
using Quickstart;

namespace Scoring;

/// <summary>The command line.</summary>
internal static class ScoringCommand
{
    // Smaller windows see too little of a street.
    private const int SmallestWindow = 32;

    /// <summary>Parses and runs; a mistake on the command line ends with its sentence and exit code 1.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="run">Gets the settings, and gives the exit code.</param>
    public static int Invoke(string[] arguments, Func<ScoringSettings, int> run)
    {
        var model = new Option<string>("--model") { HelpName = "FILE", Required = true, Description = "The model: an ML.NET model (.zip) or a model package (.gss)." };
        var images = new Option<string>("--images") { HelpName = "DIR", Required = true, Description = "The photographs (JPEG, PNG, WebP, BMP); folders in it count." };
        var output = new Option<string>("--output") { HelpName = "DIR", Required = true, Description = "Where labels/, overlays/, scoring.json and failed.csv go; not inside --images." };
        var overlays = new Option<bool>("--overlays") { Description = "Paints each label map over its photograph too. A rerun with it adds them to label maps that are there." };
        Option<int?> window = CommandLine.Whole("--window", "Scores larger photographs in overlapping windows of this side, not whole.", SmallestWindow, helpName: "PIXELS");
        var int8 = new Option<bool>("--int8") { Description = "Computes with bytes: calibrates on the first 32 photographs, says how well it agrees, and keeps the model as int8.gss in --output." };
        Option<int?> threads = CommandLine.Whole("--threads", "Threads of ONNX Runtime. By default one for each core.");
        var shard = new Option<Shard?>("--shard") { HelpName = "I/N", Description = "Scores one of N parts of the folder, I from 0 to N-1. By default JOB_COMPLETION_INDEX (Kubernetes, with --shards) or SLURM_ARRAY_TASK_ID say it.", CustomParser = ShardOf };
        Option<int?> shards = CommandLine.Whole("--shards", "How many parts there are, where the environment says which one this is.");

        var command = new RootCommand(
            """
            Scores every photograph of a folder and writes a label map (palette PNG) for each.

              dotnet run --project samples/Scoring -c Release -- --model street.zip --images DIR --output DIR

            The same command again goes on where it was broken off. Ctrl+C stops cleanly.
            Exit code: 0 all scored; 3 some photographs could not be, failed.csv lists them; 1 nothing could be, for one sentence; 130 stopped.
            """)
        {
            model, images, output, overlays, window, int8, threads, shard, shards,
        };
        command.Validators.Add(result => CommandLine.Require(result, result.GetResult(shard) is null || result.GetResult(shards) is null, "--shard says of how many by itself: leave --shards out."));
        command.SetAction(result =>
        {
            try
            {
                return run(new ScoringSettings
                {
                    Model = result.GetValue(model)!,
                    Images = result.GetValue(images)!,
                    Output = result.GetValue(output)!,
                    Overlays = result.GetValue(overlays),
                    Window = result.GetValue(window),
                    Int8 = result.GetValue(int8),
                    Threads = result.GetValue(threads) ?? 0,
                    Shard = result.GetValue(shard) ?? Shard.FromEnvironment(Environment.GetEnvironmentVariable, result.GetValue(shards)),
                });
            }
            catch (ShardException exception)
            {
                Console.Error.WriteLine(exception.Message);
                return 1;
            }
        });

        return CommandLine.Invoke(command, arguments);
    }

    private static Shard? ShardOf(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        var found = Shard.Parse(text);
        CommandLine.Require(result, found is not null, $"--shard is '{text}', expected I/N with I from 0 to N-1, such as 0/4.");
        return found;
    }
}
