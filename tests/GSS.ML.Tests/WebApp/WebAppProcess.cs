using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace GSS.Tests;

/// <summary>The sample host in a process of its own, on a free port, just as it was built.</summary>
internal sealed partial class WebAppProcess : IDisposable
{
    private readonly Task<string> _error;

    private WebAppProcess(Process process, Uri address, Task<string> error)
    {
        (Process, _error) = (process, error);
        Client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
    }

    public Process Process { get; }

    /// <summary>To be used by any number of threads.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts it, and waits until it says that it serves.</summary>
    public static WebAppProcess Start(params string[] arguments) => StartIn("", arguments);

    /// <summary>Starts it in a folder; an empty name stands for ours.</summary>
    public static WebAppProcess StartIn(string folder, params string[] arguments)
    {
        Process process = StartWithoutWaiting(["--port", "0", .. arguments], folder);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = "";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output += line + '\n';
            if (AddressPattern().Match(line) is { Success: true } match)
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new(process, new Uri(match.Value), error);
            }
        }

        process.WaitForExit();
        throw new InvalidOperationException($"The sample host ended with {process.ExitCode} before it served anything.\n{output}{error.Result}");
    }

    /// <summary>Starts it alone; its streams are the caller's to read.</summary>
    public static Process StartWithoutWaiting(string[] arguments, string folder = "")
    {
        // Built by the reference to its project, as we are.
        string[] built = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
        string program = Path.Combine([FindRoot(), "samples", "WebApp", "bin", .. built[^2..], "WebApp.dll"]);
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>A request for a photograph.</summary>
    /// <param name="content">The body.</param>
    /// <param name="type">Its type; null says none.</param>
    /// <param name="accept">What is wanted.</param>
    public static HttpRequestMessage Request(HttpContent content, string? type, string accept = "image/png")
    {
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        return new HttpRequestMessage(HttpMethod.Post, "segment") { Content = content, Headers = { { "Accept", accept } } };
    }

    /// <summary>Waits until it ends.</summary>
    /// <returns>The exit code, and what it wrote to the error stream.</returns>
    public async Task<(int Code, string Error)> EndAsync()
    {
        await Process.WaitForExitAsync();
        return (Process.ExitCode, await _error);
    }

    /// <summary>Tells it to stop, as a service manager does.</summary>
    public void Terminate() => Process.Start("kill", ["-TERM", $"{Process.Id}"]).WaitForExit();

    public void Dispose()
    {
        Client.Dispose();
        if (!Process.HasExited)
        {
            Process.Kill();
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    private static string FindRoot([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/")]
    private static partial Regex AddressPattern();
}
