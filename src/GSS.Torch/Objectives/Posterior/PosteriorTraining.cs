using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Stage I, latent posterior learning: trains X, X⁻¹ or both around a frozen tokenizer.</summary>
internal static class PosteriorTraining
{
    /// <summary>Trains from label maps, from the beginning or from the workspace's checkpoint where there is one.</summary>
    /// <param name="samples">The training set, not empty; its photographs are not read.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="palette">The palette; where it is learned, what it starts from.</param>
    /// <param name="options">How to train; not changed.</param>
    /// <param name="validation">Label maps to measure the reconstruction of; null measures nothing.</param>
    public static TrainedPosterior Run(ISegmentationSamples samples, SegmentationClasses classes, MaskigePalette palette, PosteriorTrainingOptions options, ISegmentationSamples? validation = null)
    {
        TorchNative.EnsureLoaded();
        options.Validate();
        using DisposeScope scope = NewDisposeScope();
        Device device = SegmentationRun.ChooseDevice(options.Device);
        using TokenizerNetwork tokenizer = options.Tokenizer.CreateNetwork();
        tokenizer.To(device);
        return Run(new PosteriorNetworks(options, palette, tokenizer, device), networks => new PosteriorObjective(options, samples, validation, networks) { Classes = classes }, options);
    }

    /// <summary>Trains X⁻¹ to read what a trained prior predicts for photographs, as the authors' code does.</summary>
    /// <param name="samples">The training set, not empty.</param>
    /// <param name="prior">The trained prior; not changed.</param>
    /// <param name="options">How to train; its tokenizer and palette are the prior's.</param>
    /// <param name="validation">What to measure predictions on; null measures nothing.</param>
    public static TrainedPosterior Run(ISegmentationSamples samples, TrainedPrior prior, PosteriorTrainingOptions options, ISegmentationSamples? validation = null)
    {
        options.Validate();
        using DisposeScope scope = NewDisposeScope();
        return Run(new PosteriorNetworks(options, prior.Palette, prior.Tokenizer, prior.Device), networks => new PosteriorObjective(options, samples, validation, networks, prior) { Classes = prior.Classes }, options);
    }

    private static TrainedPosterior Run(PosteriorNetworks made, Func<PosteriorNetworks, PosteriorObjective> objective, PosteriorTrainingOptions options)
    {
        using PosteriorNetworks networks = made;
        PosteriorObjective trained = objective(networks);
        TrainingOutcome outcome = TrainingLoop<TrainingBatch>.Run(trained, options);
        long count = trained.Parameters.Sum(parameter => parameter.Value.numel());
        return new TrainedPosterior(networks.Palette, networks.Release(), outcome.Best?.Metrics as SegmentationMetrics, count);
    }
}
