namespace WebApp;

/// <summary>What is served, and within which limits.</summary>
internal sealed record WebSettings
{
    /// <summary>An ML.NET model (<c>.zip</c>) or a model package (<c>.gss</c>); null takes the quickstart's, and trains it where it is not there.</summary>
    public string? Model { get; init; }

    /// <summary>Whether the quickstart trains for moments, on few and small scenes.</summary>
    public bool Small { get; init; }

    /// <summary>The port of 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; } = 5080;

    /// <summary>The largest upload, in bytes.</summary>
    public long MostBytes { get; init; } = 16 << 20;

    /// <summary>The largest photograph, in pixels. One that is scored at its own size needs up to 1000 bytes a pixel.</summary>
    public long MostPixels { get; init; } = 4_000_000;

    /// <summary>The requests that are taken at a time, those that wait for a core among them; more are told to come again.</summary>
    public int MostRequests { get; init; } = 32;

    /// <summary>The predictions that run at a time.</summary>
    /// <remarks>Each uses its own thread and the model's pool of <see cref="Threads"/> - 1, which all share: together as many as there are cores.</remarks>
    public int Predictions { get; init; } = (Environment.ProcessorCount / 2) + 1;

    /// <summary>The threads of one prediction.</summary>
    public int Threads => Math.Max(1, Environment.ProcessorCount - Predictions + 1);
}
