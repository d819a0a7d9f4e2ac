using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using GSS.Core;
using GSS.Onnx;
using GSS.Tests;

namespace GSS.ML.Tests;

/// <summary>What the sample host's page is made of, and the form that it asks for, without a browser.</summary>
[TestClass]
public sealed class WebPageFileTests
{
    private const int MostBytes = 60_000;

    private static readonly string s_model = Path.Combine(Folder(), "..", "Saved", "saved-by-0.1.0-FF.gss");
    private static WebAppProcess s_host = null!;

    [ClassInitialize]
    public static void Start(TestContext context) => s_host = WebAppProcess.Start("--model", s_model);

    [ClassCleanup]
    public static void Stop() => s_host.Dispose();

    [TestMethod]
    public async Task The_page_is_small_allows_nothing_foreign_and_is_asked_for_again_only_when_it_changed()
    {
        (string Path, string Type)[] files =
        [
            ("", "text/html"), ("style.css", "text/css"), ("page.js", "text/javascript"), ("picture.js", "text/javascript"), ("legend.js", "text/javascript"),
            ("sources.js", "text/javascript"), ("segmentation.js", "text/javascript"), ("upright.js", "text/javascript"), ("colors.js", "text/javascript"), ("icon.svg", "image/svg+xml"), ("docs/", "text/html"), ("docs/docs.js", "text/javascript"),
        ];
        long sum = 0;
        foreach ((string path, string type) in files)
        {
            using HttpResponseMessage answer = await s_host.Client.GetAsync(path);
            Assert.AreEqual((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), path);
            StringAssert.StartsWith(string.Join(' ', answer.Headers.GetValues("Content-Security-Policy")), "default-src 'none'; script-src 'self'; style-src 'self'; ");
            Assert.AreEqual(("nosniff", true), (answer.Headers.GetValues("X-Content-Type-Options").Single(), answer.Headers.CacheControl!.NoCache));
            string text = await answer.Content.ReadAsStringAsync();
            sum += Encoding.UTF8.GetByteCount(text);
            Assert.DoesNotContain("https://", text);

            using HttpResponseMessage again = await s_host.Client.SendAsync(new(HttpMethod.Get, path) { Headers = { IfNoneMatch = { answer.Headers.ETag! } } });
            Assert.AreEqual(HttpStatusCode.NotModified, again.StatusCode);
        }

        Assert.IsLessThan(MostBytes, sum);
        Assert.AreEqual(files.Length, Directory.GetFiles(Path.Combine(Folder(), "..", "..", "..", "samples", "WebApp", "wwwroot"), "*", SearchOption.AllDirectories).Length);
    }

    [TestMethod]
    public async Task A_form_has_both_answers_and_the_class_and_confidence_of_each_pixel()
    {
        using var file = new MemoryStream();
        ImageWriter.WritePng(TinyScenes.Draw(4).Image, file);
        using SegmentationModel model = SegmentationModel.Load(s_model, new ScoringOptions { ThreadCount = 1 });
        SegmentationResult expected = model.Predict(TinyScenes.Draw(4).Image, SegmentationOutputs.Confidence);

        Dictionary<string, byte[]> parts = Split(await AskAsync("multipart/form-data, image/png;q=0.9", file.ToArray()));
        CollectionAssert.AreEqual(new[] { "labels", "shares", "ids", "confidence" }, parts.Keys.ToArray());
        CollectionAssert.AreEqual(await (await AskAsync("image/png", file.ToArray())).ReadAsByteArrayAsync(), parts["labels"]);
        CollectionAssert.AreEqual(await (await AskAsync("application/json", file.ToArray())).ReadAsByteArrayAsync(), parts["shares"]);
        CollectionAssert.AreEqual(expected.Labels.Ids.ToArray(), parts["ids"]);
        CollectionAssert.AreEqual(expected.Confidence!.Select(one => (byte)MathF.Round(100 * one)).ToArray(), parts["confidence"]);
        Assert.IsGreaterThan(5, parts["confidence"].Distinct().Count());
    }

    [TestMethod]
    public async Task Samples_are_photographs_that_may_be_kept()
    {
        foreach (int number in new[] { 1, 6 })
        {
            using HttpResponseMessage answer = await s_host.Client.GetAsync($"samples/{number}.jpg");
            Assert.AreEqual(("image/jpeg", TimeSpan.FromHours(1)), (answer.Content.Headers.ContentType?.MediaType, answer.Headers.CacheControl?.MaxAge));
            RgbImage image = ImageReader.Read(await answer.Content.ReadAsStreamAsync(), "sample");
            Assert.AreEqual((384, 288), (image.Width, image.Height));
        }

        using HttpResponseMessage none = await s_host.Client.GetAsync("samples/7.jpg");
        Assert.AreEqual(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static async Task<HttpContent> AskAsync(string accept, byte[] file)
    {
        HttpResponseMessage answer = await s_host.Client.SendAsync(WebAppProcess.Request(new ByteArrayContent(file), "image/png", accept));
        return answer.EnsureSuccessStatusCode().Content;
    }

    /// <summary>Takes a form apart, as RFC 2046 and RFC 7578 write it down; a character stands for a byte.</summary>
    private static Dictionary<string, byte[]> Split(HttpContent form)
    {
        Assert.AreEqual("multipart/form-data", form.Headers.ContentType!.MediaType);
        string boundary = form.Headers.ContentType.Parameters.Single(parameter => parameter.Name == "boundary").Value!.Trim('"');
        string[] parts = ("\r\n" + Encoding.Latin1.GetString(form.ReadAsByteArrayAsync().Result)).Split("\r\n--" + boundary);
        Assert.AreEqual(("", "--"), (parts[0], parts[^1].Trim()));
        return parts[1..^1].Select(part => part[2..].Split("\r\n\r\n", 2)).ToDictionary(
            part => ContentDispositionHeaderValue.Parse(part[0].Split("\r\n").Single(line => line.StartsWith("Content-Disposition: ", StringComparison.Ordinal))[21..]).Name!.Trim('"'),
            part => Encoding.Latin1.GetBytes(part[1]));
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
