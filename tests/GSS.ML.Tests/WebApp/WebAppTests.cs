using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using GSS.Core;
using GSS.Core.Tests;
using GSS.Onnx;
using GSS.Tests;
using SkiaSharp;

namespace GSS.ML.Tests;

/// <summary>The sample host, asked over HTTP as anybody would, with a model that version 0.1.0 saved.</summary>
[TestClass]
public sealed class WebAppTests
{
    private static readonly string s_model = Path.Combine(Folder(), "..", "Saved", "saved-by-0.1.0-FF.gss");
    private static WebAppProcess s_host = null!;
    private static SegmentationModel s_inProcess = null!;

    [ClassInitialize]
    public static void Start(TestContext context)
    {
        s_host = WebAppProcess.Start("--model", s_model, "--max-megabytes", "1", "--max-megapixels", "1");
        s_inProcess = SegmentationModel.Load(s_model, new ScoringOptions { ThreadCount = 1 });
    }

    [ClassCleanup]
    public static void Stop()
    {
        s_host.Dispose();
        s_inProcess.Dispose();
    }

    [TestMethod]
    [DataRow("image/png", false)]
    [DataRow("image/png", true)]
    [DataRow("image/jpeg", false)]
    [DataRow("application/octet-stream", false)]
    public async Task A_photograph_becomes_the_label_map_of_the_model(string type, bool asForm)
    {
        byte[] file = type == "image/jpeg" ? Jpeg(4) : Png(4);
        LabelMap expected = Predict(file);

        using HttpResponseMessage png = await s_host.Client.SendAsync(Request(file, type, "image/png", asForm));
        Assert.AreEqual((HttpStatusCode.OK, "image/png"), (png.StatusCode, png.Content.Headers.ContentType!.MediaType));
        byte[] answer = await png.Content.ReadAsByteArrayAsync();
        CollectionAssert.AreEqual(PngOf(expected), answer);
        Assert.AreEqual(expected, LabelReader.Read(new MemoryStream(answer), "answer", s_inProcess.Manifest.Classes));

        using HttpResponseMessage json = await s_host.Client.SendAsync(Request(file, type, "application/json", asForm));
        JsonElement found = await json.Content.ReadFromJsonAsync<JsonElement>();
        Assert.AreEqual((expected.Width, expected.Height), (found.GetProperty("width").GetInt32(), found.GetProperty("height").GetInt32()));
        SegmentationClasses classes = s_inProcess.Manifest.Classes;
        CollectionAssert.AreEqual(
            Enumerable.Range(0, classes.Count).Select(id => (id, classes.Names[id], $"#{classes.Colors[id].R:x2}{classes.Colors[id].G:x2}{classes.Colors[id].B:x2}", expected.Ids.Count((byte)id) / (double)expected.Ids.Length)).ToArray(),
            found.GetProperty("classes").EnumerateArray().Select(one => (one.GetProperty("id").GetInt32(), one.GetProperty("name").GetString()!, one.GetProperty("color").GetString()!, one.GetProperty("share").GetDouble())).ToArray());
    }

    [TestMethod]
    [DataRow("*/*", "image/png")]
    [DataRow("image/*, application/json;q=0.5", "image/png")]
    [DataRow("image/png;q=0.2, application/json", "application/json")]
    [DataRow("image/png;q=0, */*", "application/json")]
    [DataRow("text/html, */*;q=0.1", "image/png")]
    public async Task Accept_says_the_form_of_the_answer(string accept, string expected)
    {
        using HttpResponseMessage answer = await s_host.Client.SendAsync(Request(Png(1), "image/png", accept));
        Assert.AreEqual((HttpStatusCode.OK, expected), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [TestMethod]
    [DataRow("empty", "image/png", 400, "Found no bytes, expected a photograph: send a JPEG, PNG, WebP, BMP or GIF file.")]
    [DataRow("text", "image/png", 422, "Photograph 'upload' cannot be read (Unimplemented), expected an undamaged JPEG, PNG, WebP, BMP or GIF file: copy it again or convert it.")]
    [DataRow("cut", "image/png", 422, "Photograph 'upload' is cut short or damaged: its Png data ends before its 48x36 pixels are complete, copy or download it again.")]
    [DataRow("declares much", "image/png", 422, "Photograph 'upload' has 1001x1000 pixels, expected at most 1 million: send it smaller, or in parts.")]
    [DataRow("declares more", "image/png", 422, "Photograph 'upload' has 30000x30000 pixels, more than the 268435456 that are read: cut it into tiles.")]
    [DataRow("good", "text/plain", 415, "Found the content type 'text/plain', expected image/jpeg, image/png or another image, application/octet-stream, or multipart/form-data with one file: send the bytes of a photograph with its type.")]
    [DataRow("good", null, 415, "Found no content type, expected image/jpeg, image/png or another image, application/octet-stream, or multipart/form-data with one file: send the bytes of a photograph with its type.")]
    [DataRow("good", "multipart/form-data", 400, "The body of the request ends early or is no multipart/form-data (Missing content-type boundary): send it again.")]
    [DataRow("good", "multipart/form-data; boundary=x", 400, "The body of the request ends early or is no multipart/form-data (Unexpected end of Stream, the content may have already been read by another component): send it again.")]
    [DataRow("large", "image/png", 413, "The upload has more than 1 MiB, which is the most that is taken: send a smaller photograph, as JPEG for instance.")]
    [DataRow("large in chunks", "image/png", 413, "The upload has more than 1 MiB, which is the most that is taken: send a smaller photograph, as JPEG for instance.")]
    public async Task What_cannot_be_segmented_is_refused_with_one_sentence(string upload, string? type, int status, string sentence)
    {
        using HttpRequestMessage request = WebAppProcess.Request(new ByteArrayContent(Bytes(upload)), type);
        (request.Headers.ExpectContinue, request.Headers.TransferEncodingChunked) = (upload == "large", upload == "large in chunks");
        using HttpResponseMessage answer = await s_host.Client.SendAsync(request);
        await RequireProblemAsync(answer, status, sentence);
        using HttpResponseMessage health = await s_host.Client.GetAsync("health");
        Assert.AreEqual("Healthy", await health.Content.ReadAsStringAsync());
    }

    [TestMethod]
    public async Task Forms_and_answers_that_are_none_of_ours_are_refused()
    {
        using HttpResponseMessage none = await s_host.Client.SendAsync(new(HttpMethod.Post, "segment") { Content = new MultipartFormDataContent { { new StringContent("a"), "b" } } });
        await RequireProblemAsync(none, 400, "Found 0 files in the form, expected one: send one photograph with a request.");
        using HttpResponseMessage empty = await s_host.Client.SendAsync(Request([], "image/png", "image/png", asForm: true));
        await RequireProblemAsync(empty, 400, "Found the empty file 'street', expected a photograph: send a JPEG, PNG, WebP, BMP or GIF file.");
        using HttpResponseMessage form = await s_host.Client.SendAsync(Request(Png(1), "image/png", "text/html"));
        await RequireProblemAsync(form, 406, "Found the header Accept: text/html, expected one that takes image/png, application/json or multipart/form-data: name one of them.");
        using HttpResponseMessage nowhere = await s_host.Client.GetAsync("nowhere");
        await RequireProblemAsync(nowhere, 404, "There is nothing at this address: POST /segment takes a photograph, GET /openapi/v1.json describes it.");
    }

    [TestMethod]
    public async Task Eight_clients_at_once_get_the_bits_of_one()
    {
        byte[][] files = [.. Enumerable.Range(0, 6).Select(i => i % 2 == 0 ? Png(i) : Jpeg(i))], expected = [.. files.Select(file => PngOf(Predict(file)))];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            for (int i = client; i < client + 12; i++)
            {
                using HttpResponseMessage answer = await s_host.Client.SendAsync(Request(files[i % 6], "image/png"));
                CollectionAssert.AreEqual(expected[i % 6], await answer.Content.ReadAsByteArrayAsync());
                using HttpResponseMessage damaged = await s_host.Client.SendAsync(Request(files[i % 6][..200], "image/png"));
                Assert.AreEqual(HttpStatusCode.UnprocessableEntity, damaged.StatusCode);
            }
        })));
    }

    [TestMethod]
    public async Task The_OpenApi_document_tells_of_what_goes_in_and_out()
    {
        JsonElement document = await s_host.Client.GetFromJsonAsync<JsonElement>("openapi/v1.json");
        JsonElement post = document.GetProperty("paths").GetProperty("/segment").GetProperty("post");
        CollectionAssert.AreEquivalent(new[] { "image/*", "application/octet-stream", "multipart/form-data" }, Names(post.GetProperty("requestBody").GetProperty("content")));
        CollectionAssert.AreEquivalent(new[] { "image/png", "application/json", "multipart/form-data" }, Names(post.GetProperty("responses").GetProperty("200").GetProperty("content")));
        CollectionAssert.AreEquivalent(new[] { "200", "400", "406", "413", "415", "422", "503" }, Names(post.GetProperty("responses")));

        static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];
    }

    private static async Task RequireProblemAsync(HttpResponseMessage answer, int status, string sentence)
    {
        Assert.AreEqual((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        JsonElement problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.AreEqual((status, sentence), (problem.GetProperty("status").GetInt32(), problem.GetProperty("detail").GetString()));
    }

    private static HttpRequestMessage Request(byte[] file, string type, string accept = "image/png", bool asForm = false)
    {
        HttpRequestMessage request = WebAppProcess.Request(new ByteArrayContent(file), type, accept);
        request.Content = asForm ? new MultipartFormDataContent { { request.Content!, "file", "street" } } : request.Content;
        return request;
    }

    private static byte[] Bytes(string upload) => upload switch
    {
        "empty" => [],
        "text" => Encoding.UTF8.GetBytes("no picture at all, just a few words"),
        "cut" => Png(1)[..^200],
        "declares much" => new TestPng { Width = 1001, Height = 1000, BitDepth = 8, ColorType = 2, Sample = (_, _, _) => 0 }.Assemble(new byte[100]),
        "declares more" => new TestPng { Width = 30000, Height = 30000, BitDepth = 8, ColorType = 2, Sample = (_, _, _) => 0 }.Assemble(new byte[100]),
        "good" => Png(1),
        _ => new byte[(1 << 20) + 1],
    };

    private static byte[] Png(int number)
    {
        using var stream = new MemoryStream();
        ImageWriter.WritePng(TinyScenes.Draw(number).Image, stream);
        return stream.ToArray();
    }

    private static byte[] Jpeg(int number)
    {
        using SKBitmap bitmap = SKBitmap.Decode(Png(number));
        using SKData file = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return file.ToArray();
    }

    private static LabelMap Predict(byte[] file) => s_inProcess.Predict(ImageReader.Read(new MemoryStream(file), "file")).Labels;

    private static byte[] PngOf(LabelMap labels)
    {
        using var stream = new MemoryStream();
        LabelWriter.SavePng(labels, s_inProcess.Manifest.Classes, stream);
        return stream.ToArray();
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
