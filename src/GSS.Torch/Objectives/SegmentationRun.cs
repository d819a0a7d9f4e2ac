using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>One training run of a network that segments: checks, scopes, and who owns what at the end.</summary>
internal static class SegmentationRun
{
    /// <summary>Checks what can be told before anything is made.</summary>
    public static void Check(ISegmentationSamples samples, SegmentationClasses classes, SegmentationTrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (samples.Count == 0)
        {
            throw new ArgumentException("The training set has no samples; at least 1 is needed.", nameof(samples));
        }
    }

    /// <summary>Trains.</summary>
    /// <param name="options">How.</param>
    /// <param name="create">Makes the untrained network on a device.</param>
    /// <param name="objective">Its objective.</param>
    public static T Run<T>(SegmentationTrainingOptions options, Func<Device, T> create, Func<T, SegmentationObjective> objective)
        where T : TrainedSegmenter
    {
        TorchNative.EnsureLoaded();
        options.CancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        T trained = create(ChooseDevice(options.Device));
        trained.Precision = options.PrecisionOn(trained.Device);
        bool finished = false;
        try
        {
            TrainingOutcome outcome = TrainingLoop<TrainingBatch>.Run(objective(trained), options);
            (trained.BestValidation, trained.BestEpoch, trained.End) = (outcome.Best?.Metrics as SegmentationMetrics, outcome.BestEpoch, outcome.End);
            trained.Network.eval();

            // The trained weights outlive this call; everything else goes with the scope.
            trained.Network.KeepBeyondScopes();
            foreach (Tensor tensor in trained.Network.parameters())
            {
                tensor.grad = null;
            }

            finished = true;
            return trained;
        }
        finally
        {
            if (!finished)
            {
                trained.Dispose();
            }
        }
    }

    /// <summary>The network with the encoder's first weights.</summary>
    public static LatentPriorNetwork CreateNetwork(SegmentationTrainingOptions options, int outputs, int auxiliary, TokenHead head, int stride, Device device)
    {
        EncoderNetwork encoder = options.Encoder.CreateNetwork();
        var network = new LatentPriorNetwork(encoder, outputs, auxiliary, options.Seed, head, stride);
        options.Encoder.LoadWeights(encoder);
        network.to(device);
        return network;
    }

    /// <summary>The device that the options name.</summary>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static Device ChooseDevice(TrainingDevice device)
    {
        bool cuda = device != TrainingDevice.Cpu && cuda_is_available();
        return device == TrainingDevice.Cuda && !cuda
            ? throw new InvalidOperationException("Device is Cuda, but libtorch found no CUDA device; install a CUDA build of libtorch (GSS_LIBTORCH or -p:GssDevice=cuda), or choose Auto or Cpu.")
            : cuda ? CUDA : CPU;
    }
}
