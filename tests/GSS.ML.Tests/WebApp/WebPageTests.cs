using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using GSS.Core;
using GSS.Onnx;
using GSS.Tests;
using Microsoft.Playwright;
using SkiaSharp;

namespace GSS.ML.Tests;

/// <summary>The sample host's page in a real browser: what it shows is what the model predicts.</summary>
[TestClass]
public sealed partial class WebPageTests
{
    private static readonly string s_model = Path.Combine(Folder(), "..", "Saved", "saved-by-0.1.0-FF.gss");
    private static WebAppProcess s_host = null!;
    private static SegmentationModel s_inProcess = null!;
    private static Chromium? s_chromium;

    [ClassInitialize]
    public static async Task StartAsync(TestContext context)
    {
        if (Chromium.Find() is { } program)
        {
            s_chromium = await Chromium.StartAsync(program);
            s_host = WebAppProcess.Start("--model", s_model, "--max-megabytes", "1", "--max-megapixels", "1");
            s_inProcess = SegmentationModel.Load(s_model, new ScoringOptions { ThreadCount = 1 });
        }
    }

    [ClassCleanup]
    public static async Task StopAsync()
    {
        if (s_chromium is not null)
        {
            await s_chromium.DisposeAsync();
            s_host.Dispose();
            s_inProcess.Dispose();
        }
    }

    [TestInitialize]
    public void SkipWithoutBrowser()
    {
        if (s_chromium is null)
        {
            Assert.Inconclusive($"No Chromium was found in the PATH: install it (Debian: apt-get install chromium), or name the program in {Chromium.PathVariable}.");
        }
    }

    [TestMethod]
    public async Task An_upload_shows_the_shares_of_its_classes_and_gives_the_files_of_the_API()
    {
        await using WatchedPage watched = await OpenAsync();
        IPage page = watched.Page;
        await watched.SegmentAsync("street.png", Png(4));

        byte[] json = await AskAsync(Png(4), "application/json");
        (string Name, double Share)[] classes = [.. JsonDocument.Parse(json).RootElement.GetProperty("classes").EnumerateArray().Select(one => (one.GetProperty("name").GetString()!, one.GetProperty("share").GetDouble()))];
        CollectionAssert.AreEqual(
            classes.Where(one => one.Share > 0).OrderByDescending(one => one.Share).Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Name}{100 * one.Share:F1} %")).ToArray(),
            (await page.Locator("#legend button").AllTextContentsAsync()).ToArray());
        StringAssert.StartsWith(await page.TextContentAsync("#status"), "street.png: 48 × 36 pixels");
        Assert.AreEqual(("", false), (await page.TextContentAsync("#alert"), await page.IsVisibleAsync("#invitation")));

        await RequireDownloadAsync(page, "#png", "street-labels.png", await AskAsync(Png(4), "image/png"));
        await RequireDownloadAsync(page, "#json", "street-shares.json", json);
    }

    [TestMethod]
    public async Task The_slider_mixes_the_mask_and_the_photograph()
    {
        await using WatchedPage watched = await OpenAsync();
        await watched.SegmentAsync("street.png", Png(4));
        SegmentationResult expected = Predict(Png(4));
        (int x, int y) = (20, 30);
        RgbColor mask = s_inProcess.Manifest.Classes.Colors[expected.Labels[x, y]];

        await watched.Page.FocusAsync("#opacity");
        await watched.Page.Keyboard.PressAsync("Home");
        Assert.AreEqual("0 %", await watched.Page.TextContentAsync("#opacity-value"));
        RgbColor photograph = await SeenAsync(watched, x, y);
        await watched.Page.Keyboard.PressAsync("End");
        Assert.AreEqual(mask, await SeenAsync(watched, x, y));
        for (int i = 0; i < 20; i++)
        {
            await watched.Page.Keyboard.PressAsync("ArrowLeft");
        }

        Assert.AreEqual("80 %", await watched.Page.TextContentAsync("#opacity-value"));
        RgbColor mixed = await SeenAsync(watched, x, y);
        Assert.AreEqual((0.2 * photograph.R) + (0.8 * mask.R), mixed.R, 2);
        Assert.AreEqual((0.2 * photograph.G) + (0.8 * mask.G), mixed.G, 2);
        Assert.AreEqual((0.2 * photograph.B) + (0.8 * mask.B), mixed.B, 2);
    }

    [TestMethod]
    public async Task The_pointer_names_the_class_and_the_confidence_of_the_pixel_under_it()
    {
        await using WatchedPage watched = await OpenAsync();
        await watched.SegmentAsync("street.png", Png(4));
        SegmentationResult expected = Predict(Png(4));
        foreach ((int x, int y) in new[] { (0, 0), (47, 0), (24, 18), (5, 20), (31, 22), (0, 35), (47, 35) })
        {
            (float left, float top) = await watched.PlaceOfAsync(x, y, 48, 36);
            await watched.Page.Mouse.MoveAsync(left, top);
            Assert.AreEqual(TagOf(expected, x, y), await watched.Page.TextContentAsync("#tag"), $"{x}, {y}");
        }

        await watched.Page.Mouse.MoveAsync(2, 2);
        Assert.IsFalse(await watched.Page.IsVisibleAsync("#tag"));
    }

    [TestMethod]
    public async Task A_finger_names_what_it_touched()
    {
        await using WatchedPage watched = await OpenAsync(options: new() { HasTouch = true, ViewportSize = new() { Width = 360, Height = 740 } });
        await watched.SegmentAsync("street.png", Png(4));
        (float left, float top) = await watched.PlaceOfAsync(30, 25, 48, 36);
        await watched.Page.Touchscreen.TapAsync(left, top);
        Assert.AreEqual(TagOf(Predict(Png(4)), 30, 25), await watched.Page.TextContentAsync("#tag"));
        Assert.IsTrue(await watched.Page.IsVisibleAsync("#tag"));
    }

    [TestMethod]
    public async Task The_legend_shows_one_class_alone_and_the_switch_the_confidence()
    {
        await using WatchedPage watched = await OpenAsync();
        IPage page = watched.Page;
        await watched.SegmentAsync("street.png", Png(4));
        SegmentationResult expected = Predict(Png(4));
        byte id = expected.Labels[24, 30];
        ILocator button = page.Locator("#legend button", new() { HasText = s_inProcess.Manifest.Classes.Names[id] });

        await button.ClickAsync();
        Assert.AreEqual("true", await button.GetAttributeAsync("aria-pressed"));
        CollectionAssert.AreEqual(expected.Labels.Ids.ToArray().Select(one => one == id).ToArray(), (await OverlayAsync(watched)).Select(pixel => pixel.A == 255).ToArray());
        (float left, float top) = await watched.PlaceOfAsync(24, 30, 48, 36);
        await page.Mouse.ClickAsync(left, top);
        Assert.AreEqual("false", await button.GetAttributeAsync("aria-pressed"));
        CollectionAssert.AreEqual(expected.Labels.Ids.ToArray().Select(one => s_inProcess.Manifest.Classes.Colors[one]).ToArray(), (await OverlayAsync(watched)).Select(pixel => pixel.Color).ToArray());

        await page.CheckAsync("#confidence");
        Assert.IsTrue(await page.IsVisibleAsync("#ramp"));
        (RgbColor Color, byte A)[] seen = await OverlayAsync(watched);
        var colors = new Dictionary<int, RgbColor>();
        for (int i = 0; i < seen.Length; i++)
        {
            int percent = PercentOf(expected, i);
            Assert.AreEqual(colors.GetValueOrDefault(percent, seen[i].Color), seen[i].Color);
            colors[percent] = seen[i].Color;
        }

        // From violet to yellow, brighter with every step that can be seen.
        int[] steps = [.. colors.Keys.Order().Where((_, index) => index % 5 == 0)];
        Assert.IsGreaterThan(2, steps.Length);
        CollectionAssert.AreEqual(steps.OrderBy(percent => (0.3 * colors[percent].R) + (0.6 * colors[percent].G) + (0.1 * colors[percent].B)).ToArray(), steps);
    }

    private static Task<WatchedPage> OpenAsync(string? expected = null, BrowserNewContextOptions? options = null, string path = "") =>
        WatchedPage.OpenAsync(s_chromium!, s_host.Client.BaseAddress!, expected, options, path);

    private static async Task RequireDownloadAsync(IPage page, string link, string name, byte[] expected)
    {
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync(link));
        Assert.AreEqual(name, download.SuggestedFilename);
        CollectionAssert.AreEqual(expected, File.ReadAllBytes(await download.PathAsync()));
    }

    private static async Task<byte[]> AskAsync(byte[] file, string accept)
    {
        using HttpResponseMessage answer = await s_host.Client.SendAsync(WebAppProcess.Request(new ByteArrayContent(file), "image/png", accept));
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    /// <summary>The colour on the screen where a pixel of the photograph is.</summary>
    private static async Task<RgbColor> SeenAsync(WatchedPage watched, int x, int y)
    {
        (float left, float top) = await watched.PlaceOfAsync(x, y, 48, 36);
        using SKBitmap screen = SKBitmap.Decode(await watched.Page.ScreenshotAsync());
        SKColor seen = screen.GetPixel((int)left, (int)top);
        return new(seen.Red, seen.Green, seen.Blue);
    }

    private static async Task<(RgbColor Color, byte A)[]> OverlayAsync(WatchedPage watched) =>
        [.. (await watched.PixelsAsync("overlay")).Select(pixel => (new RgbColor(pixel[0], pixel[1], pixel[2]), pixel[3]))];

    private static SegmentationResult Predict(byte[] file) => s_inProcess.Predict(ImageReader.Read(new MemoryStream(file), "file"), SegmentationOutputs.Confidence);

    private static string TagOf(SegmentationResult result, int x, int y) => $"{s_inProcess.Manifest.Classes.Names[result.Labels[x, y]]} · {PercentOf(result, (y * result.Labels.Width) + x)} %";

    private static int PercentOf(SegmentationResult result, int pixel) => (int)MathF.Round(100 * result.Confidence![pixel]);

    private static byte[] Png(int number)
    {
        using var stream = new MemoryStream();
        ImageWriter.WritePng(TinyScenes.Draw(number).Image, stream);
        return stream.ToArray();
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
