using GSS.Tests;
using Microsoft.Playwright;

namespace GSS.ML.Tests;

// The pictures of the sample's README, and the figures beside them.
public sealed partial class WebPageTests
{
    // Names the model whose pictures go to the sample's folder, such as the street.zip of the quickstart. Without it one is taken, and thrown away.
    private const string ScreenshotVariable = "GSS_SCREENSHOTS";

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public async Task Screenshots_and_what_is_sent_for_the_page_are_small()
    {
        using var folder = new TemporaryFolder();
        if (Environment.GetEnvironmentVariable(ScreenshotVariable) is not { Length: > 0 } model)
        {
            await ShootAsync(s_host, folder.FullName, "desktop", 1280, 880, ColorScheme.Light);
            return;
        }

        using WebAppProcess host = WebAppProcess.Start("--model", model);
        string sample = Path.Combine(Folder(), "..", "..", "..", "samples", "WebApp", "screenshots");
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await ShootAsync(host, sample, "desktop", 1280, 880, scheme);
            await ShootAsync(host, sample, "phone", 360, 740, scheme);
        }
    }

    private async Task ShootAsync(WebAppProcess host, string folder, string device, int width, int height, ColorScheme scheme)
    {
        await using WatchedPage watched = await WatchedPage.OpenAsync(s_chromium!, host.Client.BaseAddress!, options: new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        IPage page = watched.Page;
        await page.WaitForFunctionAsync("document.images.length === 6 && Array.from(document.images).every(image => image.complete)");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sample 1" }).ClickAsync();
        await watched.DoneAsync();
        (float x, float y) = await watched.PlaceOfAsync(120, 200, 384, 288);
        await page.Mouse.MoveAsync(x, y);
        string file = Path.Combine(folder, $"{device}-{scheme.ToString().ToLowerInvariant()}.jpg");
        await page.ScreenshotAsync(new() { Path = file, Type = ScreenshotType.Jpeg, Quality = 85, FullPage = device == "phone" });
        Assert.IsLessThan(200_000, new FileInfo(file).Length);

        double paint = await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0].startTime");
        double bytes = await page.EvaluateAsync<double>("performance.getEntries().filter(entry => 'transferSize' in entry && !entry.name.includes('samples') && !entry.name.includes('segment')).reduce((sum, entry) => sum + entry.transferSize, 0)");
        Assert.IsInRange(1, 20_000, bytes);
        TestContext.WriteLine($"{device}, {scheme}: first contentful paint after {paint:F0} ms, {bytes:F0} bytes without photographs.");
    }
}
