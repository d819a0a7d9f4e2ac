using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using GSS.Core;
using GSS.Tests;

namespace GSS.ML.Tests;

/// <summary>The sample host's beginning and end: what it does not start with, too many requests, and SIGTERM.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public sealed class WebAppEndTests
{
    [TestMethod]
    public async Task A_request_in_flight_is_answered_after_SIGTERM_and_holds_its_place_until_then()
    {
        using WebAppProcess host = WebAppProcess.Start("--model", Model(), "--max-requests", "1");
        using var file = new MemoryStream();
        ImageWriter.WritePng(TinyScenes.Draw(1).Image, file);

        // The body is sent when the host asks for it, and half of it at first: the request has its place, and cannot be answered yet.
        using var body = new HalvedContent(file.ToArray());
        using HttpRequestMessage request = WebAppProcess.Request(body, "image/png");
        request.Headers.ExpectContinue = true;
        Task<HttpResponseMessage> first = host.Client.SendAsync(request);
        await body.HalfSent;
        using HttpResponseMessage second = await host.Client.SendAsync(WebAppProcess.Request(new ByteArrayContent(file.ToArray()), "image/png"));
        Assert.AreEqual((HttpStatusCode.ServiceUnavailable, "1"), (second.StatusCode, second.Headers.RetryAfter?.ToString()));
        Assert.Contains("\"detail\":\"All places are taken: come again in a second.\"", await second.Content.ReadAsStringAsync());
        using HttpResponseMessage health = await host.Client.GetAsync("health");
        Assert.AreEqual(HttpStatusCode.OK, health.StatusCode);

        host.Terminate();
        Assert.IsFalse(first.IsCompleted);
        body.SendTheRest();
        using HttpResponseMessage answer = await first;
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
        Assert.AreEqual((0, ""), await host.EndAsync());
    }

    [TestMethod]
    public void What_it_cannot_start_with_is_one_sentence()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bad.gss"), "no model");
        Refused(["--model", folder.File("bad.gss")], folder.File("bad.gss"));
        Refused(["--model", folder.File("none.zip")], folder.File("none.zip"));
        Refused(["--port", "70000"], "--port is '70000', expected a whole number from 0 to 65535.");
        using WebAppProcess taken = WebAppProcess.Start("--model", Model());
        Refused(["--model", Model(), "--port", $"{taken.Client.BaseAddress!.Port}"], $"http://127.0.0.1:{taken.Client.BaseAddress.Port}");
    }

    [TestMethod]
    public async Task Without_a_model_it_trains_the_one_of_the_quickstart_once()
    {
        using var folder = new TemporaryFolder();
        using var file = new MemoryStream();
        ImageWriter.WritePng(TinyScenes.Draw(1).Image, file);
        DateTime trained = default;
        for (int start = 0; start < 2; start++)
        {
            using WebAppProcess host = WebAppProcess.StartIn(folder.FullName, "--small");
            using HttpResponseMessage answer = await host.Client.SendAsync(WebAppProcess.Request(new ByteArrayContent(file.ToArray()), "image/png", "application/json"));
            Assert.Contains("\"name\":\"Pavement\"", await answer.Content.ReadAsStringAsync());
            Assert.AreEqual(start == 0 ? File.GetLastWriteTimeUtc(folder.File("street.zip")) : trained, trained = File.GetLastWriteTimeUtc(folder.File("street.zip")));
            host.Terminate();
            Assert.AreEqual((0, ""), await host.EndAsync());
        }
    }

    private static void Refused(string[] arguments, string part)
    {
        using Process process = WebAppProcess.StartWithoutWaiting(arguments);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(1, process.ExitCode, error);
        Assert.Contains(part, error);
        Assert.DoesNotContain("   at ", error);
    }

    private static string Model([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "Saved", "saved-by-0.1.0-FF.gss");

    /// <summary>Sends half of some bytes, and the rest when it is told to.</summary>
    private sealed class HalvedContent(byte[] bytes) : HttpContent
    {
        private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously), _rest = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HalfSent => _half.Task;

        public void SendTheRest() => _rest.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(..(bytes.Length / 2)));
            await stream.FlushAsync();
            _half.SetResult();
            await _rest.Task;
            await stream.WriteAsync(bytes.AsMemory((bytes.Length / 2)..));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
