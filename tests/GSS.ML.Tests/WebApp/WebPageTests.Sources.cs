using System.Text;
using GSS.Core;
using GSS.Core.Tests;
using GSS.Tests;
using Microsoft.Playwright;

namespace GSS.ML.Tests;

// Where photographs come from, and what is no photograph.
public sealed partial class WebPageTests
{
    [TestMethod]
    public async Task A_photograph_can_be_pasted()
    {
        await using WatchedPage watched = await OpenAsync(options: new() { Permissions = ["clipboard-read", "clipboard-write"] });
        await watched.Page.EvaluateAsync("text => navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([Uint8Array.from(atob(text), c => c.charCodeAt(0))], { type: 'image/png' }) })])", Convert.ToBase64String(Png(2)));
        await watched.Page.Keyboard.PressAsync("Control+V");
        await watched.DoneAsync();
        await RequirePixelAsync(watched, Png(2));
    }

    [TestMethod]
    public async Task A_photograph_can_be_dropped_anywhere_on_the_page()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("dropped.png"), Png(3));
        await using WatchedPage watched = await OpenAsync();
        ICDPSession browser = await watched.Page.Context.NewCDPSessionAsync(watched.Page);
        foreach (string type in new[] { "dragEnter", "dragOver", "drop" })
        {
            await browser.SendAsync("Input.dispatchDragEvent", new()
            {
                ["type"] = type,
                ["x"] = 600,
                ["y"] = 700,
                ["data"] = new Dictionary<string, object> { ["items"] = Array.Empty<object>(), ["files"] = new[] { folder.File("dropped.png") }, ["dragOperationsMask"] = 1 },
            });
        }

        await watched.DoneAsync();
        StringAssert.StartsWith(await watched.Page.TextContentAsync("#status"), "dropped.png: ");
        await RequirePixelAsync(watched, Png(3));
    }

    [TestMethod]
    public async Task A_sample_is_segmented()
    {
        await using WatchedPage watched = await OpenAsync();
        await watched.Page.GetByRole(AriaRole.Button, new() { Name = "Sample 2" }).ClickAsync();
        await watched.DoneAsync();
        byte[] sample = await s_host.Client.GetByteArrayAsync("samples/2.jpg");
        await RequirePixelAsync(watched, sample);
        Assert.AreNotEqual(Convert.ToBase64String(sample), Convert.ToBase64String(await s_host.Client.GetByteArrayAsync("samples/3.jpg")));
    }

    [TestMethod]
    public async Task What_is_no_photograph_is_told_in_the_one_sentence_of_the_API()
    {
        await using WatchedPage watched = await OpenAsync(expected: "the server responded with a status of 4");
        await watched.SegmentAsync("street.png", Png(1));
        await watched.ChooseAsync("words.png", Encoding.UTF8.GetBytes("no picture at all, just a few words"));
        await RequireAlertAsync(watched, "Photograph 'words.png' cannot be read (Unimplemented), expected an undamaged JPEG, PNG, WebP, BMP or GIF file: copy it again or convert it.");
        Assert.AreEqual((false, false, true), (await watched.Page.IsVisibleAsync("#picture"), await watched.Page.IsVisibleAsync("#result"), await watched.Page.IsVisibleAsync("#invitation")));
        await watched.ChooseAsync("cut.png", Png(1)[..^200]);
        await RequireAlertAsync(watched, "Photograph 'cut.png' is cut short or damaged: its Png data ends before its 48x36 pixels are complete, copy or download it again.");
        await watched.ChooseAsync("large.png", new byte[(1 << 20) + 1]);
        await RequireAlertAsync(watched, "The upload has more than 1 MiB, which is the most that is taken: send a smaller photograph, as JPEG for instance.");

        await watched.SegmentAsync("street.png", Png(1));
        Assert.AreEqual("", await watched.Page.TextContentAsync("#alert"));
    }

    [TestMethod]
    public async Task A_photograph_of_too_many_pixels_can_be_sent_smaller()
    {
        await using WatchedPage watched = await OpenAsync(expected: "the server responded with a status of 422");
        byte[] file = new TestPng { Width = 2000, Height = 800, BitDepth = 8, ColorType = 2, Sample = (x, y, _) => x / 8 }.Encode();
        await watched.ChooseAsync("wide.png", file);
        await RequireAlertAsync(watched, "Photograph 'wide.png' has 2000x800 pixels, expected at most 1 million: send it smaller, or in parts.");
        await watched.Page.ClickAsync("#smaller");
        await watched.DoneAsync();

        // As large as it may be: 2000 and 800 times the root of 1 / 1.6, rounded down.
        StringAssert.StartsWith(await watched.Page.TextContentAsync("#status"), "wide.png: 1581 × 632 pixels");
        Assert.IsFalse(await watched.Page.IsVisibleAsync("#smaller"));
    }

    [TestMethod]
    public async Task The_newest_of_two_uploads_wins_and_the_older_is_given_up()
    {
        await using WatchedPage watched = await OpenAsync();
        var release = new TaskCompletionSource();
        int asked = 0;
        var failed = new List<string?>();
        watched.Page.RequestFailed += (_, request) => failed.Add(request.Failure);
        await watched.Page.RouteAsync("**/segment", async route =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                await release.Task;
            }

            await route.ContinueAsync();
        });
        await watched.ChooseAsync("first.png", Png(1));
        await watched.Page.WaitForFunctionAsync("document.getElementById('status').textContent.includes('first.png')");
        await watched.SegmentAsync("second.png", Png(5));
        release.SetResult();
        CollectionAssert.AreEqual(new[] { "net::ERR_ABORTED" }, failed);

        // Were the first one still under way, its answer would come before that of a third.
        await AskAsync(Png(1), "image/png");
        StringAssert.StartsWith(await watched.Page.TextContentAsync("#status"), "second.png: ");
        await RequirePixelAsync(watched, Png(5));
    }

    private static async Task RequireAlertAsync(WatchedPage watched, string sentence)
    {
        await Assertions.Expect(watched.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync(sentence, new() { Timeout = 20_000 });
        await watched.Page.WaitForSelectorAsync("[data-state=failed]");
    }

    /// <summary>The mask is that of a photograph, pixel by pixel.</summary>
    private static async Task RequirePixelAsync(WatchedPage watched, byte[] file)
    {
        LabelMap expected = Predict(file).Labels;
        CollectionAssert.AreEqual(expected.Ids.ToArray().Select(id => s_inProcess.Manifest.Classes.Colors[id]).ToArray(), (await OverlayAsync(watched)).Select(pixel => pixel.Color).ToArray());
    }
}
