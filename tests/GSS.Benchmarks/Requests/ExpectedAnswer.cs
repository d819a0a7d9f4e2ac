using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using SkiaSharp;

namespace GSS.Benchmarks;

/// <summary>An upload, and what one thread in this process makes of it.</summary>
/// <param name="File">The bytes of the upload.</param>
/// <param name="Type">Its content type.</param>
/// <param name="Labels">The label map; null where the upload is to be refused.</param>
/// <param name="Png">The same as a file.</param>
internal sealed record ExpectedAnswer(byte[] File, string Type, LabelMap? Labels, byte[] Png)
{
    private const int JpegQuality = 90;

    /// <summary>A photograph, as PNG or JPEG.</summary>
    public static ExpectedAnswer Of(RgbImage image, bool asJpeg, SegmentationModel model)
    {
        using var png = new MemoryStream();
        ImageWriter.WritePng(image, png);
        byte[] file = asJpeg ? ToJpeg(png.ToArray()) : png.ToArray();
        LabelMap labels = model.Predict(ImageReader.Read(new MemoryStream(file), "photograph")).Labels;
        using var answer = new MemoryStream();
        LabelWriter.SavePng(labels, model.Manifest.Classes, answer);
        return new(file, asJpeg ? "image/jpeg" : "image/png", labels, answer.ToArray());
    }

    /// <summary>What is to be refused, made of good uploads.</summary>
    public static ExpectedAnswer[] Damaged(ExpectedAnswer png, ExpectedAnswer jpeg) =>
    [
        new([], "image/png", null, []),
        new(Encoding.UTF8.GetBytes("no picture at all, just a few words"), "image/png", null, []),
        new(png.File[..(png.File.Length / 2)], "image/png", null, []),
        new(jpeg.File[..(jpeg.File.Length / 2)], "image/jpeg", null, []),
        new(png.File, "text/plain", null, []),
        new(png.File, "multipart/form-data; boundary=none", null, []),
    ];

    /// <summary>Whether an answer of the host is the one that is expected: the same bits, or 4xx and one sentence.</summary>
    public async Task<bool> AskAsync(HttpClient client, bool asJson)
    {
        using HttpRequestMessage request = WebAppProcess.Request(new ByteArrayContent(File), Type, asJson ? "application/json" : "image/png");
        using HttpResponseMessage answer = await client.SendAsync(request);
        if (Labels is null)
        {
            return (int)answer.StatusCode is >= 400 and < 500 && IsOneSentence((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!);
        }

        return answer.IsSuccessStatusCode && (asJson ? HasShares(await answer.Content.ReadFromJsonAsync<JsonElement>()) : (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(Png));
    }

    private static bool IsOneSentence(string text) => text.EndsWith('.') && !text.Contains('\n', StringComparison.Ordinal) && !text.Contains("   at ", StringComparison.Ordinal);

    private bool HasShares(JsonElement found) =>
        found.GetProperty("width").GetInt32() == Labels!.Width && found.GetProperty("height").GetInt32() == Labels.Height
        && found.GetProperty("classes").EnumerateArray().All(one => one.GetProperty("share").GetDouble() == Labels.Ids.Count((byte)one.GetProperty("id").GetInt32()) / (double)Labels.Ids.Length);

    private static byte[] ToJpeg(byte[] png)
    {
        using SKBitmap bitmap = SKBitmap.Decode(png);
        using SKData file = bitmap.Encode(SKEncodedImageFormat.Jpeg, JpegQuality);
        return file.ToArray();
    }
}
