using System.Diagnostics;
using System.Globalization;
using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>Stage II, latent prior learning (paper section 3.4): an image encoder learns to predict the tokens of the label map from the photograph.</summary>
public sealed partial class LatentPriorTraining
{
    private readonly ISegmentationSamples _samples;
    private readonly ISegmentationSamples? _validation;
    private readonly GenerativeOptions _options;
    private readonly Device _device;
    private readonly TrainedPrior _prior;
    private readonly AdamW _optimizer;
    private readonly Dictionary<string, string> _run;
    private readonly Dictionary<string, Tensor> _best = [];
    private TrainingPosition _position = new();

    private LatentPriorTraining(ISegmentationSamples samples, SegmentationClasses classes, MaskigePalette palette, GenerativeOptions options, ISegmentationSamples? validation)
    {
        (_samples, _options, _validation) = (samples, options, validation);
        _device = ChooseDevice(options.Device);
        bool generative = options.Head == SegmentationHead.Generative;
        EncoderNetwork encoder = options.Encoder.CreateNetwork();
        var network = new LatentPriorNetwork(encoder, generative ? options.Tokenizer.VocabularySize : classes.Count, generative ? classes.Count : 0, options.Seed,
            options.TokenHead, options.Tokenizer.Stride);
        options.Encoder.LoadWeights(encoder);
        TokenizerNetwork tokenizer = options.Tokenizer.CreateNetwork();
        network.to(_device);
        tokenizer.To(_device);
        InverseNetwork? inverse = generative && options.InverseWeights is { } file ? InverseNetwork.Load(file, classes) : null;
        inverse?.to(_device);
        _prior = new TrainedPrior(network, tokenizer, classes, palette, options, _device, inverse);

        _optimizer = new AdamW(network.named_parameters().Select(p => (p.name, (Tensor)p.parameter, WeightDecay.Applies(p.name, p.parameter, options.Recipe) ? options.WeightDecay : 0)));
        _run = Fingerprint(samples, classes, palette, options, validation);
    }

    private LatentPriorNetwork Network => _prior.Network;

    /// <summary>Trains from the beginning, or from the workspace's checkpoint where there is one.</summary>
    /// <param name="samples">The training set, not empty.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="palette">β: one colour for each class.</param>
    /// <param name="options">How to train; not changed.</param>
    /// <param name="validation">Samples to validate on: the weights of the best mIoU are kept. Null keeps the last weights.</param>
    /// <returns>The weights of the best validation, or the last ones without validation. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Options are out of range (all faults are listed), the set is empty, or palette and classes differ in number.</exception>
    /// <exception cref="SegmentationDataException">A sample cannot be read.</exception>
    /// <exception cref="WeightFileException">The encoder's weight file is damaged or does not fit.</exception>
    /// <exception cref="WorkspaceException">The workspace belongs to another run, or its checkpoint is damaged.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static TrainedPrior Run(ISegmentationSamples samples, SegmentationClasses classes, MaskigePalette palette, GenerativeOptions options, ISegmentationSamples? validation = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(palette);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (samples.Count == 0)
        {
            throw new ArgumentException("The training set has no samples; at least 1 is needed.", nameof(samples));
        }

        if (palette.Count != classes.Count)
        {
            throw new ArgumentException($"The palette has {palette.Count} colours and '{classes.Name}' has {classes.Count} classes; they must be as many.", nameof(palette));
        }

        TorchNative.EnsureLoaded();
        options.CancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var training = new LatentPriorTraining(samples, classes, palette, options, validation);
        bool finished = false;
        try
        {
            training.Train();
            finished = true;
            return training._prior;
        }
        finally
        {
            training._optimizer.Dispose();
            foreach (Tensor tensor in training._best.Values)
            {
                tensor.Dispose();
            }

            if (finished)
            {
                // The trained weights outlive this call; everything else goes with the scope.
                training.Network.KeepBeyondScopes();
                foreach (Tensor tensor in training.Network.parameters())
                {
                    tensor.grad = null;
                }
            }
            else
            {
                training._prior.Dispose();
            }
        }
    }

    private static Device ChooseDevice(TrainingDevice device)
    {
        bool cuda = device != TrainingDevice.Cpu && cuda_is_available();
        return device == TrainingDevice.Cuda && !cuda
            ? throw new InvalidOperationException("Device is Cuda, but libtorch found no CUDA device; install a CUDA build of libtorch (GSS_LIBTORCH or -p:GssDevice=cuda), or choose Auto or Cpu.")
            : cuda ? CUDA : CPU;
    }

    /// <summary>What a checkpoint must share with the run that goes on from it.</summary>
    private static Dictionary<string, string> Fingerprint(ISegmentationSamples samples, SegmentationClasses classes, MaskigePalette palette, GenerativeOptions options, ISegmentationSamples? validation)
    {
        string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "none";
        return new()
        {
            ["samples"] = Text(samples.Count),
            ["first sample"] = Path.GetFileName(samples.Describe(0)),
            ["last sample"] = Path.GetFileName(samples.Describe(samples.Count - 1)),
            ["validation samples"] = Text(validation?.Count ?? 0),
            ["classes"] = string.Join(",", classes.Names),
            ["palette"] = string.Join(",", palette.Colors),
            ["encoder"] = Text(options.Encoder),
            ["tokenizer"] = options.Tokenizer.Name,
            ["head"] = Text(options.Head),
            ["token head"] = Text(options.TokenHead),
            ["token decoding"] = Text(options.TokenDecoding),
            ["recipe"] = Text(options.Recipe),
            ["inverse"] = options.InverseWeights is { } inverse ? Path.GetFileName(inverse) : "nearest colour",
            ["epochs"] = Text(options.Epochs),
            ["batch size"] = Text(options.BatchSize),
            ["crop"] = $"{options.CropWidth}x{options.CropHeight}",
            ["learning rate"] = Text(options.LearningRate),
            ["weight decay"] = Text(options.WeightDecay),
            ["warm-up"] = Text(options.WarmUpSteps),
            ["loss weights"] = $"{Text(options.TokenLossWeight)} {Text(options.AuxiliaryLossWeight)}",
            ["gradient clip"] = Text(options.GradientClipNorm),
            ["augmentation"] = $"{Text(options.MinimumScale)} {Text(options.MaximumScale)} {Text(options.MaximumClassShare)} {options.Flip} {options.PhotometricDistortion}",
            ["seed"] = Text(options.Seed),
            ["validation interval"] = Text(options.ValidationInterval),
        };
    }

    private void Train()
    {
        Restore();
        if (_position.Step == 0 && _options.Recipe == TrainingRecipe.Balanced)
        {
            OutputFrequencies.SetBiases(_prior, _samples, _options.CancellationToken);
        }

        if (!_position.Finished)
        {
            TrainEpochs();
        }

        if (_best.Count > 0)
        {
            CopyState(_best, Network.state_dict());
        }

        _prior.BestEpoch = _position.BestEpoch + 1;
        if (_prior.BestValidation is null && _validation is not null)
        {
            _prior.BestValidation = Validate();
        }

        Network.eval();
    }

    private void TrainEpochs()
    {
        using var loader = new BatchLoader(
            _samples, _options.Augmentation, _options.BatchSize, _options.Seed, _position.Epoch, _position.BatchInEpoch, _options.Epochs,
            workers: 2, cacheDecoded: true, _options.CancellationToken, _prior.Classes.Count);
        long steps = (long)loader.BatchesPerEpoch * _options.Epochs;
        int warmUp = _options.WarmUpSteps ?? (int)Math.Min(1500, steps / 20);
        var pace = new TrainingPace(_position.Step, steps, _options.BatchSize);
        var sinceCheckpoint = Stopwatch.StartNew();
        TrainingProgress last = pace.After(_position.Step, _position.Epoch + 1, _options.Epochs, double.NaN, 0);
        if (_position.BatchInEpoch == loader.BatchesPerEpoch)
        {
            // The run was cancelled while it validated: all batches of the epoch are done.
            EndEpoch(last, pace);
            Save();
        }

        while (true)
        {
            TrainingBatch? batch = null;
            try
            {
                _options.CancellationToken.ThrowIfCancellationRequested();
                if (!loader.TryNext(out batch))
                {
                    break;
                }
            }
            catch (OperationCanceledException)
            {
                Save();
                throw;
            }

            double rate = LearningRates.At(_options.LearningRate, _position.Step, steps, warmUp);
            double loss = Step(batch, rate);
            bool lastOfEpoch = batch.Index + 1 == loader.BatchesPerEpoch;
            _position = _position with { Step = _position.Step + 1, Epoch = batch.Epoch, BatchInEpoch = batch.Index + 1 };
            last = pace.After(_position.Step, batch.Epoch + 1, _options.Epochs, loss, rate);
            _options.Progress?.Invoke(last);
            if (lastOfEpoch)
            {
                EndEpoch(last, pace);
            }

            if (lastOfEpoch || sinceCheckpoint.Elapsed.TotalMinutes >= _options.CheckpointMinutes)
            {
                Save();
                sinceCheckpoint.Restart();
            }
        }
    }

    private void EndEpoch(TrainingProgress progress, TrainingPace pace)
    {
        int epoch = _position.Epoch + 1;
        if (_validation is { Count: > 0 } && (epoch % _options.ValidationInterval == 0 || epoch == _options.Epochs))
        {
            try
            {
                KeepBest(epoch, progress, pace);
            }
            catch (OperationCanceledException)
            {
                Save();
                throw;
            }
        }

        _position = _position with { Epoch = epoch, BatchInEpoch = 0, Finished = epoch == _options.Epochs };
    }

    private double Step(TrainingBatch batch, double learningRate)
    {
        using var scope = NewDisposeScope();
        Network.train();
        Network.Encoder.DrawSkippedPaths(TorchRandomness.At(_options.Seed, 3, _position.Step), _options.BatchSize);
        long[] size = [_options.BatchSize, _options.CropHeight, _options.CropWidth];
        Tensor images = tensor(batch.Images, [size[0], 3, size[1], size[2]]).to(_device);

        // Channels last: convolutions on the CPU are 10 to 20 % faster.
        images = images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        Tensor labels = tensor(batch.Labels, size).to(_device).to(ScalarType.Int64);
        Tensor loss = _options.Head == SegmentationHead.Generative ? GenerativeLoss(images, labels) : PerPixelLoss(images, labels);
        _optimizer.ZeroGradients();
        loss.backward();
        if (_options.GradientClipNorm is { } norm)
        {
            nn.utils.clip_grad_norm_(Network.parameters(), norm);
        }

        _optimizer.Step(learningRate);
        return loss.item<float>();
    }

    private Tensor GenerativeLoss(Tensor images, Tensor labels)
    {
        (Tensor logits, Tensor? auxiliary) = Network.ForwardWithAuxiliary(images, Dropout());
        labels = PriorLosses.Enlarge(labels, _prior.Tokenizer);
        Tensor full = functional.interpolate(auxiliary!, [labels.shape[1], labels.shape[2]], mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor targets = PriorLosses.TokenTargets(labels, full, _prior.PaletteColors, _prior.Tokenizer);
        Tensor tokens = PriorLosses.CrossEntropy(logits, targets, PriorLosses.IgnoredToken, _options.Recipe) * Constant.Of(_options.TokenLossWeight);
        Tensor pixels = PriorLosses.CrossEntropy(full, labels, LabelMap.Void, _options.Recipe) * Constant.Of(_options.AuxiliaryLossWeight);
        return tokens.Plus(pixels);
    }

    private Tensor PerPixelLoss(Tensor images, Tensor labels)
    {
        (Tensor logits, _) = Network.ForwardWithAuxiliary(images, Dropout());
        Tensor full = functional.interpolate(logits, [labels.shape[1], labels.shape[2]], mode: InterpolationMode.Bilinear, align_corners: false);
        return PriorLosses.CrossEntropy(full, labels, LabelMap.Void, _options.Recipe);
    }

    /// <summary>Which channels this step drops: drawn from the seed and the step alone, so that a continued run repeats it.</summary>
    private Tensor Dropout()
    {
        Random random = TorchRandomness.At(_options.Seed, 2, _position.Step);
        int channels = Network.Head.ProjectedChannels;
        float[] keep = new float[_options.BatchSize * channels];
        for (int i = 0; i < keep.Length; i++)
        {
            keep[i] = random.NextDouble() < LatentPriorNetwork.DropoutShare ? 0 : (float)(1 / (1 - LatentPriorNetwork.DropoutShare));
        }

        return tensor(keep, [_options.BatchSize, channels, 1, 1]).to(_device);
    }

    private void KeepBest(int epoch, TrainingProgress progress, TrainingPace pace)
    {
        pace.Pause();
        SegmentationMetrics metrics = Validate();
        pace.Continue();
        _options.Progress?.Invoke(progress with { Validation = metrics });

        // Not-a-number (no labelled pixel at all) must not keep the first weights for ever.
        if (!(metrics.MeanIoU <= _position.BestMetric))
        {
            _position = _position with { BestMetric = metrics.MeanIoU, BestEpoch = epoch - 1 };
            _prior.BestValidation = metrics;
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            foreach ((string name, Tensor value) in Network.state_dict())
            {
                if (!_best.TryGetValue(name, out Tensor? kept))
                {
                    _best[name] = value.detach().clone().DetachFromDisposeScope();
                }
                else
                {
                    kept.copy_(value.detach());
                }
            }
        }
    }

    private SegmentationMetrics Validate()
    {
        var matrix = new ConfusionMatrix(_prior.Classes.Count);
        for (int i = 0; i < _validation!.Count; i++)
        {
            _options.CancellationToken.ThrowIfCancellationRequested();
            (RgbImage image, LabelMap labels) = _validation.Read(i);
            matrix.Add(labels, _prior.Predict(image));
        }

        return matrix.ToMetrics(_prior.Classes);
    }
}
