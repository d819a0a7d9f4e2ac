using System.Net.Http.Headers;
using System.Text.Json;
using GSS.Core;
using GSS.Onnx;

namespace WebApp;

/// <summary>What is sent back for a photograph, in each of the forms of <see cref="AnswerType"/>.</summary>
internal static class Answer
{
    /// <summary>What the model has to give for a form.</summary>
    public static SegmentationOutputs OutputsFor(string type) => type == AnswerType.Form ? SegmentationOutputs.Confidence : SegmentationOutputs.Labels;

    /// <summary>The answer of a form.</summary>
    public static IResult Of(SegmentationResult result, SegmentationClasses classes, string type) => type switch
    {
        AnswerType.Png => Results.Bytes(Png(result.Labels, classes), type),
        AnswerType.Json => Results.Bytes(Json(result.Labels, classes), $"{type}; charset=utf-8"),
        _ => Form(result, classes),
    };

    private static ReadOnlyMemory<byte> Png(LabelMap labels, SegmentationClasses classes)
    {
        var png = new MemoryStream();
        LabelWriter.SavePng(labels, classes, png);
        return png.GetBuffer().AsMemory(0, (int)png.Length);
    }

    private static byte[] Json(LabelMap labels, SegmentationClasses classes) => JsonSerializer.SerializeToUtf8Bytes(SegmentedPhotograph.Of(labels, classes), JsonSerializerOptions.Web);

    // Numbers a pixel are sent as they are: a picture of them might be changed by whoever shows it, and compressed they are as small.
    private static IResult Form(SegmentationResult result, SegmentationClasses classes)
    {
        byte[] percent = new byte[result.Confidence!.Length];
        for (int i = 0; i < percent.Length; i++)
        {
            percent[i] = (byte)MathF.Round(100 * result.Confidence[i]);
        }

        using var form = new MultipartFormDataContent();
        Add(form, "labels", "labels.png", AnswerType.Png, Png(result.Labels, classes));
        Add(form, "shares", "shares.json", AnswerType.Json, Json(result.Labels, classes));
        Add(form, "ids", "ids.bin", "application/octet-stream", result.Labels.Ids.ToArray());
        Add(form, "confidence", "confidence.bin", "application/octet-stream", percent);
        var body = new MemoryStream();
        form.CopyTo(body, null, CancellationToken.None);
        return Results.Bytes(body.GetBuffer().AsMemory(0, (int)body.Length), form.Headers.ContentType!.ToString());
    }

    private static void Add(MultipartFormDataContent form, string name, string fileName, string type, ReadOnlyMemory<byte> bytes) => form.Add(new ReadOnlyMemoryContent(bytes)
    {
        // Quoted as in RFC 7578.
        Headers = { ContentType = new MediaTypeHeaderValue(type), ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = $"\"{name}\"", FileName = $"\"{fileName}\"" } },
    });
}
