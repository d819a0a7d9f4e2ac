using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Quickstart;

namespace CamVid;

/// <summary>The command line.</summary>
internal static class CamVidCommand
{
    private static readonly CamVidSettings s_defaults = new();

    /// <summary>Parses and runs; a mistake on the command line ends with its sentence and exit code 1.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="run">Gets the folder of CamVid, the folder for results and the settings, and gives the exit code.</param>
    public static int Invoke(string[] arguments, Func<string, string, CamVidSettings, int> run)
    {
        var camVid = new Option<string>("--camvid") { HelpName = "DIR", Required = true, Description = "CamVid: train/images, train/labels, val/images, val/labels, or SegNet's train, trainannot, val, valannot." };
        var output = new Option<string>("--out") { HelpName = "DIR", Description = "Where checkpoints, camvid.zip, overlays.png and model-card.md go.", DefaultValueFactory = _ => "camvid" };
        var epochs = Whole("--epochs", "Passes over the training photographs.", s_defaults.Epochs);
        var minutes = new Option<double?>("--minutes") { HelpName = "M", Description = "Ends training after so many minutes, with the best weights.", CustomParser = result => Minutes(result) };
        var encoderWeights = new Option<string>("--encoder-weights") { HelpName = $"FILE|{CamVidSettings.RandomWeights}", Description = $"First weights of ResNet-18 (.safetensors, .pth, .onnx), or {CamVidSettings.RandomWeights} for random ones. Without it ImageNet weights out of Microsoft's package." };
        var head = new Option<string>("--head") { HelpName = "generative|perpixel", Description = "What is trained on the encoder.", DefaultValueFactory = _ => "generative" };
        var threads = Whole("--threads", "Threads of libtorch.", null);
        var seed = Whole("--seed", "Seed of everything random.", s_defaults.Seed, least: 0);
        var crop = Whole("--crop", "Width and height of the training crops in pixels.", s_defaults.Crop, least: 32);
        var batch = Whole("--batch", "Training samples in a batch.", s_defaults.BatchSize);
        head.Validators.Add(result => CommandLine.Require(result, result.GetValueOrDefault<string>() is "generative" or "perpixel", "--head must be generative or perpixel."));
        var command = new RootCommand(
            """
            Trains a segmentation model on CamVid (11 classes), measures it on the validation photographs and writes its model card.

              dotnet run --project samples/CamVid -c Release -- --camvid DIR

            The same command again goes on where it was broken off. Ctrl+C stops cleanly.
            """)
        {
            camVid, output, epochs, minutes, encoderWeights, head, threads, seed, crop, batch,
        };
        command.SetAction(result => run(result.GetValue(camVid)!, result.GetValue(output)!, s_defaults with
        {
            Epochs = result.GetValue(epochs) ?? s_defaults.Epochs,
            Minutes = result.GetValue(minutes),
            EncoderWeights = result.GetValue(encoderWeights),
            Head = result.GetValue(head) == "perpixel" ? Head.PerPixel : Head.Generative,
            Threads = result.GetValue(threads),
            Seed = result.GetValue(seed) ?? s_defaults.Seed,
            Crop = result.GetValue(crop) ?? s_defaults.Crop,
            BatchSize = result.GetValue(batch) ?? s_defaults.BatchSize,
        }));

        return CommandLine.Invoke(command, arguments);
    }

    private static Option<int?> Whole(string name, string description, int? standard, int least = 1) =>
        CommandLine.Whole(name, standard is { } number ? string.Create(CultureInfo.InvariantCulture, $"{description} By default {number}.") : description, least);

    private static double? Minutes(ArgumentResult result)
    {
        bool holds = double.TryParse(result.Tokens.Single().Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double found) && found is > 0 and <= 1e6;
        CommandLine.Require(result, holds, "--minutes must be a number above 0.");
        return holds ? found : null;
    }
}
