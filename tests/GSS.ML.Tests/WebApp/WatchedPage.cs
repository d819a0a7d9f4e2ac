using Microsoft.Playwright;

namespace GSS.ML.Tests;

/// <summary>The sample host's page, opened; at the end it must have complained of nothing and asked no other server.</summary>
internal sealed class WatchedPage : IAsyncDisposable
{
    private readonly List<string> _faults = [];
    private readonly IBrowserContext _context;

    private WatchedPage(IBrowserContext context, IPage page, Uri host)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && (Expected is null || !message.Text.Contains(Expected, StringComparison.Ordinal)))
            {
                _faults.Add(message.Text);
            }
        };
        page.PageError += (_, error) => _faults.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(host.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith($"blob:{host}", StringComparison.Ordinal))
            {
                _faults.Add($"asked {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>What the browser is expected to complain of, such as a request that the server refuses.</summary>
    public string? Expected { get; init; }

    public static async Task<WatchedPage> OpenAsync(Chromium chromium, Uri host, string? expected = null, BrowserNewContextOptions? options = null, string path = "")
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 800 } });
        context.SetDefaultTimeout(20_000);
        var watched = new WatchedPage(context, await context.NewPageAsync(), host) { Expected = expected };
        await watched.Page.GotoAsync(new Uri(host, path).ToString());
        return watched;
    }

    /// <summary>Waits for the answer to a photograph.</summary>
    public Task DoneAsync() => Page.WaitForSelectorAsync("[data-state=done]");

    /// <summary>Chooses a file.</summary>
    public Task ChooseAsync(string name, byte[] file) => Page.SetInputFilesAsync("#file", new FilePayload { Name = name, MimeType = "image/png", Buffer = file });

    /// <summary>Chooses a photograph, and waits for the answer.</summary>
    public async Task SegmentAsync(string name, byte[] file)
    {
        await ChooseAsync(name, file);
        await DoneAsync();
    }

    /// <summary>Where a pixel of the photograph is seen: its centre.</summary>
    public async Task<(float X, float Y)> PlaceOfAsync(int x, int y, int width, int height)
    {
        LocatorBoundingBoxResult box = (await Page.Locator("#picture").BoundingBoxAsync())!;
        return (box.X + (box.Width * (x + 0.5f) / width), box.Y + (box.Height * (y + 0.5f) / height));
    }

    /// <summary>The pixels of a canvas: red, green, blue and alpha of each.</summary>
    public async Task<byte[][]> PixelsAsync(string canvas)
    {
        // Of a copy: the browser warns about a canvas that is read twice.
        int[] rgba = await Page.EvaluateAsync<int[]>(
            """
            id => {
              const { width, height } = document.getElementById(id), copy = new OffscreenCanvas(width, height).getContext('2d');
              copy.drawImage(document.getElementById(id), 0, 0);
              return Array.from(copy.getImageData(0, 0, width, height).data);
            }
            """,
            canvas);
        return [.. rgba.Chunk(4).Select(pixel => pixel.Select(value => (byte)value).ToArray())];
    }

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        Assert.AreEqual("", string.Join('\n', _faults));
    }
}
