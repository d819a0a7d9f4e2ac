using GSS.Core;
using GSS.Onnx;

namespace WebApp;

/// <summary><c>POST /segment</c>: a photograph in, its label map or its shares out.</summary>
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
            return await _threads.RunAsync(() => Answer(upload, type), cancel);
        }
        catch (RefusedException refused)
        {
            return Results.Problem(refused.Message, statusCode: refused.Status);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && cancel.IsCancellationRequested)
        {
            // Whoever asked is gone.
            return Results.Empty;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _threads.Dispose();

    private IResult Answer(Upload upload, string type)
    {
        SegmentationClasses classes = model.Manifest.Classes;
        LabelMap labels = Predict(upload.Unpack(settings));
        if (type == AnswerType.Json)
        {
            return Results.Json(SegmentedPhotograph.Of(labels, classes));
        }

        var png = new MemoryStream();
        LabelWriter.SavePng(labels, classes, png);
        return Results.Bytes(png.GetBuffer().AsMemory(0, (int)png.Length), AnswerType.Png);
    }

    private LabelMap Predict(RgbImage image)
    {
        try
        {
            return model.Predict(image).Labels;
        }
        catch (ArgumentException exception)
        {
            // Too narrow or too large for the model.
            throw new RefusedException(StatusCodes.Status422UnprocessableEntity, exception.Message);
        }
    }
}
