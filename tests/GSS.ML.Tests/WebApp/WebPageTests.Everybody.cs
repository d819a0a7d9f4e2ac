using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using GSS.Core;
using GSS.Onnx;
using Microsoft.Playwright;

namespace GSS.ML.Tests;

// By keyboard, on a narrow screen, in light and dark, with less motion.
public sealed partial class WebPageTests
{
    [TestMethod]
    public async Task Everything_is_reached_by_the_keyboard_and_the_focus_is_seen()
    {
        await using WatchedPage watched = await OpenAsync();
        IPage page = watched.Page;
        CollectionAssert.AreEqual(new[] { "API", "file", "Sample 1", "Sample 2", "Sample 3", "Sample 4", "Sample 5", "Sample 6" }, await TabThroughAsync(page, "Sample 6"));
        await page.Keyboard.PressAsync("Enter");
        await watched.DoneAsync();

        string[] classes = [.. await page.Locator("#legend b").AllTextContentsAsync()];
        await page.ReloadAsync();
        await TabThroughAsync(page, "Sample 6");
        await page.Keyboard.PressAsync("Space");
        await watched.DoneAsync();
        await page.FocusAsync("nav a");
        CollectionAssert.AreEqual((string[])["picture", "opacity", "confidence", .. classes, "png", "json", "file", "Sample 1"], await TabThroughAsync(page, "Sample 1"));
    }

    [TestMethod]
    public async Task Arrow_keys_move_a_cross_that_says_what_is_under_it()
    {
        await using WatchedPage watched = await OpenAsync();
        IPage page = watched.Page;
        await watched.SegmentAsync("street.png", Png(4));
        SegmentationResult expected = Predict(Png(4));
        await page.FocusAsync("#picture");

        // The first key shows the cross in the middle; a step is a 40th of the longer side, and one pixel with Shift.
        (string Key, int X, int Y)[] way = [("ArrowRight", 24, 18), ("ArrowRight", 25, 18), ("Shift+ArrowDown", 25, 19), ("ArrowLeft", 24, 19), ("ArrowUp", 24, 18)];
        foreach ((string key, int x, int y) in way)
        {
            await page.Keyboard.PressAsync(key);
            Assert.AreEqual($"{TagOf(expected, x, y)} sure, at {x}, {y}", await page.TextContentAsync("#spoken"));
            Assert.IsTrue(await page.IsVisibleAsync("#cross"));
        }

        await page.Keyboard.PressAsync("Enter");
        Assert.AreEqual(s_inProcess.Manifest.Classes.Names[expected.Labels[24, 18]], await page.TextContentAsync("#legend [aria-pressed=true] b"));
        await page.Keyboard.PressAsync("Escape");
        Assert.AreEqual(0, await page.Locator("#legend [aria-pressed=true]").CountAsync());
        for (int i = 0; i < 20; i++)
        {
            await page.Keyboard.PressAsync("ArrowUp");
        }

        Assert.AreEqual($"{TagOf(expected, 24, 0)} sure, at 24, 0", await page.TextContentAsync("#spoken"));
    }

    [TestMethod]
    [DataRow(1280, ColorScheme.Light)]
    [DataRow(1280, ColorScheme.Dark)]
    [DataRow(360, ColorScheme.Light)]
    [DataRow(360, ColorScheme.Dark)]
    public async Task No_barriers_and_nothing_beside_the_screen(int width, ColorScheme scheme)
    {
        await using WatchedPage watched = await OpenAsync(expected: "the server responded with a status of 422", options: new() { ViewportSize = new() { Width = width, Height = 740 }, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        IPage page = watched.Page;
        await page.WaitForFunctionAsync("document.images.length === 6 && Array.from(document.images).every(image => image.complete)");
        await watched.ChooseAsync("a-file-whose-long-name-has-no-place-to-break-a-line.png", [1, 2, 3]);
        await page.WaitForSelectorAsync("[data-state=failed]");
        await RequireNoBarriersAsync(page, width);
        await watched.SegmentAsync("a-file-whose-long-name-has-no-place-to-break-a-line.png", Png(4));
        await page.CheckAsync("#confidence");
        await page.ClickAsync("#legend button");
        await RequireNoBarriersAsync(page, width);
        await page.EvaluateAsync("document.getElementById('main').dataset.state = 'busy'");
        Assert.AreEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.getElementById('progress')).animationName"));

        await page.ClickAsync("nav a");
        await page.WaitForSelectorAsync("article");
        CollectionAssert.Contains((await page.Locator("article h2").AllTextContentsAsync()).ToArray(), "POST /segment");
        await RequireNoBarriersAsync(page, width);
    }

    private static async Task RequireNoBarriersAsync(IPage page, int width)
    {
        AxeResult found = await page.RunAxe();
        Assert.IsGreaterThan(5, found.Passes.Length);
        Assert.AreEqual("", string.Join('\n', found.Violations.SelectMany(rule => rule.Nodes.Select(node => $"{rule.Id}: {rule.Help}: {node.Html}"))));
        Assert.AreEqual(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    /// <summary>Presses Tab until a control has the focus; the names of all that had it. Each must be seen to have it.</summary>
    private static async Task<string[]> TabThroughAsync(IPage page, string last)
    {
        var names = new List<string>();
        while (names.Count < 40 && names.LastOrDefault() != last)
        {
            await page.Keyboard.PressAsync("Tab");
            string[] found = await page.EvaluateAsync<string[]>(
                """
                () => {
                  const one = document.activeElement, shown = one.id === 'file' ? one.parentElement : one;
                  return [one.id || one.querySelector('b, img')?.textContent || one.querySelector('img')?.alt || one.textContent, getComputedStyle(shown).outlineStyle];
                }
                """);
            names.Add(found[0]);
            Assert.AreEqual("solid", found[1], found[0]);
        }

        return [.. names];
    }
}
