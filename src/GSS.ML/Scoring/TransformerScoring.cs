using GSS.Core;
using GSS.Onnx;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>How one transformer scores, and the environment whose log receives the messages.</summary>
internal sealed record TransformerScoring(IHostEnvironment Host, ScoringOptions Options)
{
    /// <summary>What was trained or made in a context scores on the context's device.</summary>
    /// <exception cref="InvalidOperationException">The device cannot be used, and the context allows no CPU in its place.</exception>
    public static TransformerScoring Of(IHostEnvironment host) => new TransformerScoring(host, new()).OnDeviceOfHost();

    /// <summary>What is loaded scores with the options given to <c>Load</c>, else as it was saved, on the context's device.</summary>
    /// <param name="host">Where it is loaded.</param>
    /// <param name="saved">The options in the file; null where it has none.</param>
    /// <exception cref="InvalidOperationException">The device cannot be used, and the context allows no CPU in its place.</exception>
    public static TransformerScoring OfLoaded(IHostEnvironment host, ScoringOptions? saved = null)
    {
        saved ??= new();
        saved.ThrowIfInvalid();
        if (LoadingOptions.Current is not { } given)
        {
            return new TransformerScoring(host, saved).OnDeviceOfHost();
        }

        if (SavedScoring.Differences(saved) is { Count: > 0 } && !SavedScoring.AreEqual(saved, given))
        {
            ScoringLog.Warn(host, $"The model was saved to score with {SavedScoring.Describe(saved)}, the options given to Load say {SavedScoring.Describe(given)} and hold instead.");
        }

        return new TransformerScoring(host, given);
    }

    /// <summary>Other options in the same environment.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and the options allow no CPU in its place.</exception>
    public TransformerScoring With(ScoringOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ScoringDevice.Require(Host, options);
        return this with { Options = options };
    }

    /// <summary>For a step between photograph and label map: options that change label maps are refused.</summary>
    /// <param name="step">What the transformer does, for the message.</param>
    /// <exception cref="ArgumentException">There are some.</exception>
    public TransformerScoring ForPart(string step) => SavedScoring.Differences(Options) is { Count: > 0 } found
        ? throw new UnfitScoringException(
            $"Found {string.Join(", ", found)} in the {nameof(ScoringOptions)} for a transformer that only {step}, expected threads, device and memory alone: give such options to the transformer of a whole model, which GenerativeSegmenter trains.")
        : this;

    private TransformerScoring OnDeviceOfHost()
    {
        if (ScoringDevice.Of(Host) is not { GpuDeviceId: not null } device)
        {
            return this;
        }

        ScoringDevice.Require(Host, device);
        return this with { Options = Options with { GpuDeviceId = device.GpuDeviceId, FallbackToCpu = device.FallbackToCpu } };
    }
}
