using System.Net;
using GSS.Core;
using GSS.Onnx;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.RateLimiting;

namespace WebApp;

/// <summary>The run: the model, the server, its limits.</summary>
internal static class WebRun
{
    private const string Waiting = "segment";

    /// <summary>Serves until Ctrl+C or SIGTERM, and answers with the exit code: 0, or 1 after a sentence about what went wrong.</summary>
    public static int Start(WebSettings settings)
    {
        try
        {
            using SegmentationModel? model = WebModel.Open(settings);
            return model is null ? 1 : Serve(model, settings);
        }
        catch (Exception exception) when (exception is SegmentationModelException or ArgumentException or IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    private static int Serve(SegmentationModel model, WebSettings settings)
    {
        // The page lies beside the program; nothing of the folder that it is started in is read.
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, settings.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.MostBytes;
        });
        builder.Services.AddSingleton(model);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<SegmentEndpoint>();
        builder.Services.AddHealthChecks();
        builder.Services.AddResponseCompression(compression => compression.MimeTypes = ["text/html", "text/css", "text/javascript", "image/svg+xml", AnswerType.Json, AnswerType.Form]);
        builder.Services.AddOpenApi(OpenApiText.DescribeAll);
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = problem => problem.ProblemDetails.Detail ??= problem.ProblemDetails.Status switch
        {
            StatusCodes.Status404NotFound => "There is nothing at this address: POST /segment takes a photograph, GET /openapi/v1.json describes it.",
            StatusCodes.Status405MethodNotAllowed => "This address takes another method: POST /segment takes a photograph, the others are for GET.",
            _ => "The photograph could not be segmented, which is the server's fault: its log says more.",
        });
        builder.Services.AddRateLimiter(limiter =>
        {
            limiter.AddConcurrencyLimiter(Waiting, options => options.PermitLimit = settings.MostRequests);
            limiter.OnRejected = TellToComeAgainAsync;
        });

        using WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRateLimiter();
        app.UseResponseCompression();
        app.UsePage();
        app.MapHealthChecks("/health");
        app.MapOpenApi();
        app.MapSampleScenes();
        app.MapPost("/segment", (HttpContext context, SegmentEndpoint endpoint) => endpoint.AnswerAsync(context)).RequireRateLimiting(Waiting).WithName("segment").DescribeSegment();
        app.Lifetime.ApplicationStarted.Register(() => Announce(app, model, settings));
        app.Run();
        return 0;
    }

    private static void Announce(WebApplication app, SegmentationModel model, WebSettings settings)
    {
        string address = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        Console.WriteLine($"'{settings.Model ?? WebModel.Quickstart}' ({model.Manifest.Classes}, {model.Manifest.Encoder}) is served at {address}/ (predictions at a time: {settings.Predictions}, threads of each: {settings.Threads}). Ctrl+C ends it.");
    }

    private static async ValueTask TellToComeAgainAsync(OnRejectedContext rejected, CancellationToken cancel)
    {
        rejected.HttpContext.Response.Headers.RetryAfter = "1";
        await Results.Problem("All places are taken: come again in a second.", statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(rejected.HttpContext);
    }
}
