using System.Globalization;
using Quickstart;

namespace WebApp;

/// <summary>Six photographs to try the page with: streets that are drawn when somebody asks for them, and kept in memory.</summary>
internal static class SampleScenes
{
    /// <summary>How many there are; the first is number 1.</summary>
    public const int Count = 6;

    // The sides of the scenes that the quickstart trains on, twice, which shows more.
    private const int Width = 384, Height = 288;

    // No scene that the quickstart trains on, or measures on, has one of these seeds.
    private const int FirstSeed = 2_000_000;

    private static readonly Lazy<byte[]>[] s_files = [.. Enumerable.Range(0, Count).Select(number => new Lazy<byte[]>(() => Draw(FirstSeed + number)))];

    /// <summary>Adds <c>GET /samples/N.jpg</c>.</summary>
    public static void MapSampleScenes(this WebApplication app) => app
        .MapGet(string.Create(CultureInfo.InvariantCulture, $"/samples/{{number:range(1,{Count})}}.jpg"), (int number, HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "max-age=3600";
            return Results.Bytes(s_files[number - 1].Value, "image/jpeg");
        })
        .WithName("sample").WithSummary("A street scene to try.").Produces<byte[]>(contentType: "image/jpeg");

    private static byte[] Draw(int seed)
    {
        using var file = new MemoryStream();
        StreetScenes.WriteJpeg(StreetCamera.Take(seed, Width, Height).Image, file);
        return file.ToArray();
    }
}
