using Microsoft.Playwright;

namespace GSS.ML.Tests;

/// <summary>The Chromium of this machine, without a window; nothing is ever downloaded.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>Names the program where it is not in the PATH.</summary>
    public const string PathVariable = "CHROME_PATH";

    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "chrome.exe"];

    private readonly IPlaywright _playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    /// <summary>The program; null where there is none.</summary>
    public static string? Find() => Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named ? named
        : (from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator) from name in s_names select Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Starts it.</summary>
    public static async Task<Chromium> StartAsync(string program)
    {
        IPlaywright playwright = await Playwright.CreateAsync();
        return new(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--disable-gpu", .. OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>()] }));
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.CloseAsync();
        _playwright.Dispose();
    }
}
