using GSS.Core;
using GSS.Onnx;

namespace WebApp;

/// <summary><c>POST /segment</c>: a photograph in, its label map and what is known of it out.</summary>
internal sealed class SegmentEndpoint(SegmentationModel model, WebSettings settings) : IDisposable
{
    // Requests beyond their number wait there, with their photographs still packed.
    private readonly PredictionThreads _threads = new(settings.Predictions);

    /// <summary>Answers one request.</summary>
    public async Task<IResult> AnswerAsync(HttpContext context)
    {
        CancellationToken cancel = context.RequestAborted;
        try
        {
            string type = AnswerType.Of(context.Request);
            Upload upload = await Upload.ReadAsync(context.Request, settings, cancel);
            return await _threads.RunAsync(() => Answer.Of(Predict(upload.Unpack(settings), Answer.OutputsFor(type)), model.Manifest.Classes, type), cancel);
        }
        catch (RefusedException refused)
        {
            return Results.Problem(refused.Message, statusCode: refused.Status, extensions: refused.Extensions);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && cancel.IsCancellationRequested)
        {
            // Whoever asked is gone.
            return Results.Empty;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _threads.Dispose();

    private SegmentationResult Predict(RgbImage image, SegmentationOutputs outputs)
    {
        try
        {
            return model.Predict(image, outputs);
        }
        catch (ArgumentException exception)
        {
            // Too narrow or too large for the model.
            throw new RefusedException(StatusCodes.Status422UnprocessableEntity, exception.Message);
        }
    }
}
