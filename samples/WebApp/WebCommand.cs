using System.CommandLine;
using Quickstart;

namespace WebApp;

/// <summary>The command line.</summary>
internal static class WebCommand
{
    /// <summary>Parses and runs; a mistake on the command line ends with its sentence and exit code 1.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="run">Gets the settings, and gives the exit code.</param>
    public static int Invoke(string[] arguments, Func<WebSettings, int> run)
    {
        var defaults = new WebSettings();
        var model = new Option<string>("--model") { HelpName = "FILE", Description = $"The model: an ML.NET model (.zip) or a model package (.gss). By default {WebModel.Quickstart} here, which the quickstart trains in some minutes where it is not there." };
        Option<int?> port = CommandLine.Whole("--port", $"The port of 127.0.0.1; 0 takes a free one. By default {defaults.Port}.", 0, 65535);
        Option<int?> megabytes = CommandLine.Whole("--max-megabytes", $"The largest upload, in MiB. By default {defaults.MostBytes >> 20}.", 1, 1024);
        Option<int?> megapixels = CommandLine.Whole("--max-megapixels", $"The largest photograph, in millions of pixels. By default {defaults.MostPixels / 1_000_000}; one that is scored at its own size needs up to 1 GB for each million.", 1, 268);
        Option<int?> requests = CommandLine.Whole("--max-requests", $"Requests that are taken at a time; more are answered with 503. By default {defaults.MostRequests}.", 1, 10_000);
        Option<int?> predictions = CommandLine.Whole("--predictions", "Predictions that run at a time. By default one more than half of the cores, which leaves each the other half.", 1, 1024);
        var small = new Option<bool>("--small") { Hidden = true, Description = "Trains for moments where a model is to be trained: shows that everything works, not how well." };

        var command = new RootCommand(
            """
            Segments photographs on a page and over HTTP, on 127.0.0.1.

              dotnet run --project samples/WebApp -c Release -- --model street.zip
              curl --data-binary @photo.jpg -H "Content-Type: image/jpeg" -H "Accept: image/png" http://127.0.0.1:5080/segment -o labels.png

            Ctrl+C and SIGTERM end it after the requests that are being answered.
            """)
        {
            model, port, megabytes, megapixels, requests, predictions, small,
        };
        command.SetAction(result => run(new WebSettings
        {
            Model = result.GetValue(model),
            Small = result.GetValue(small),
            Port = result.GetValue(port) ?? defaults.Port,
            MostBytes = result.GetValue(megabytes) is { } count ? (long)count << 20 : defaults.MostBytes,
            MostPixels = result.GetValue(megapixels) * 1_000_000L ?? defaults.MostPixels,
            MostRequests = result.GetValue(requests) ?? defaults.MostRequests,
            Predictions = result.GetValue(predictions) ?? defaults.Predictions,
        }));

        return CommandLine.Invoke(command, arguments);
    }
}
