using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>What all networks that segment photographs share in training: crops, parameter groups, dropout, frozen stages, class weights, validation by mIoU.</summary>
internal abstract class SegmentationObjective : TrainingObjective<TrainingBatch>
{
    private readonly SegmentationTrainingOptions _options;
    private readonly ISegmentationSamples _samples;
    private readonly ISegmentationSamples? _validation;
    private readonly CropBatches _batches;
    private Tensor? _classWeights;

    protected SegmentationObjective(SegmentationTrainingOptions options, ISegmentationSamples samples, ISegmentationSamples? validation, TrainedSegmenter trained)
    {
        (_options, _samples, _validation, Trained) = (options, samples, validation, trained);
        _batches = new CropBatches(samples, options.Augmentation, options.BatchSize, options.Seed, options.CacheBytes, trained.Classes.Count, options.GradientAccumulation);
        foreach ((string name, Parameter parameter) in Network.Encoder.named_parameters())
        {
            parameter.requires_grad = Network.Encoder.StageOf(name) >= options.FrozenStages;
        }

        Parameters =
        [
            .. Network.named_parameters().Where(p => p.parameter.requires_grad).Select(p => new TrainedParameter(
                p.name, p.parameter, DecayRules.Applies(p.name, p.parameter, options.Recipe) ? options.WeightDecay : 0, LearningRateFactor(p.name))),
        ];
        Weights = [.. Network.state_dict().Select(entry => (entry.Key, entry.Value))];
    }

    /// <summary>What is trained.</summary>
    public TrainedSegmenter Trained { get; }

    public override IReadOnlyList<TrainedParameter> Parameters { get; }

    public override IReadOnlyList<(string Name, Tensor Value)> Weights { get; }

    public override int BatchesPerEpoch => _batches.BatchesPerEpoch;

    public override bool Validates => _validation is { Count: > 0 };

    /// <summary>The training set.</summary>
    protected ISegmentationSamples Samples => _samples;

    /// <summary>The network.</summary>
    protected LatentPriorNetwork Network => Trained.Network;

    public override bool KnowsBFloat16 => true;

    /// <summary>Whether the classifier's biases begin as the frequencies of what it tells apart; not where it has learned before.</summary>
    protected virtual bool BeginsWithFrequencies => true;

    public override TrainingBatch Make(int epoch, int index, TrainingBatch? used, CancellationToken stop) => _batches.Make(epoch, index, used, stop);

    public override void Prepare(CancellationToken cancellation)
    {
        if (_options.Recipe == TrainingRecipe.Balanced && BeginsWithFrequencies)
        {
            OutputFrequencies.SetBiases(Network.Classifier, _samples, _options, Trained.Classes.Count, Targets, cancellation);
        }

        _classWeights = ClassFrequencies.Weights(_options.ClassWeights, _samples, Trained.Classes.Count, cancellation)?.to(Trained.Device);
    }

    public override Tensor Loss(TrainingBatch batch, TrainingStep step)
    {
        Network.train();
        FreezeStatistics();
        Network.Encoder.DrawSkippedPaths(step.Part == 0 ? TorchRandomness.At(_options.Seed, 3, step.Index) : TorchRandomness.At(_options.Seed, 3, step.Index, step.Part), _options.BatchSize);
        long[] size = [_options.BatchSize, _options.CropHeight, _options.CropWidth];
        Tensor images = tensor(batch.Images, [size[0], 3, size[1], size[2]]).to(Trained.Device);

        // Channels last: convolutions on the CPU are 10 to 20 % faster.
        images = images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        Tensor labels = tensor(batch.Labels, size).to(Trained.Device).to(ScalarType.Int64);
        return Loss(images, Dropout(step), labels, step);
    }

    public override TrainingEvaluation Evaluate(CancellationToken cancellation) => Evaluate(1, image => [Trained.Predict(image)], cancellation)[0];

    public override IReadOnlyDictionary<string, byte[]> Export() => Trained.Export();

    public override void Describe(RunIdentity run)
    {
        run.Add("objective", Name);
        run.Add("training data", _samples.Fingerprint);
        run.Add("validation data", _validation?.Fingerprint);
        run.Add("classes", string.Join(",", Trained.Classes.Names));
    }

    public override IEnumerable<(string Name, Tensor Value)> Bag() => _classWeights is null ? [] : [("class_weights", _classWeights)];

    public override void Restore(Func<string, Tensor?> read) => _classWeights = read("class_weights")?.to(Trained.Device).MoveToOuterDisposeScope();

    /// <summary>Measures several ways to predict, photograph by photograph.</summary>
    /// <param name="ways">How many there are.</param>
    /// <param name="predict">A photograph to the label map of each.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What each is worth.</returns>
    protected TrainingEvaluation[] Evaluate(int ways, Func<RgbImage, LabelMap[]> predict, CancellationToken cancellation)
    {
        ConfusionMatrix[] matrices = [.. Enumerable.Range(0, ways).Select(_ => new ConfusionMatrix(Trained.Classes.Count))];
        for (int i = 0; i < _validation!.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            (RgbImage image, LabelMap labels) = _validation.Read(i);
            foreach ((ConfusionMatrix matrix, LabelMap predicted) in matrices.Zip(predict(image)))
            {
                matrix.Add(labels, predicted);
            }
        }

        return [.. matrices.Select(matrix => matrix.ToMetrics(Trained.Classes)).Select(metrics => new TrainingEvaluation(metrics.MeanIoU, metrics))];
    }

    /// <summary>The loss of a batch.</summary>
    /// <param name="images">RGB 0..255, <c>[B, 3, H, W]</c>.</param>
    /// <param name="dropout">Factors of the projected channels.</param>
    /// <param name="labels">int64 <c>[B, H, W]</c>.</param>
    /// <param name="step">Where in training, for what is drawn.</param>
    protected abstract Tensor Loss(Tensor images, Tensor dropout, Tensor labels, TrainingStep step);

    /// <summary>While it lives, layers compute in the options' precision; null where that is the ordinary one. What they give is made 32 bits by the caller.</summary>
    protected IDisposable? Precision() => _options.PrecisionOn(Trained.Device) == TrainingPrecision.Float32 ? null : BFloat16Layers.Begin();

    /// <summary>How much a pixel of each class weighs, <c>[K]</c>; null where all weigh the same.</summary>
    protected Tensor? ClassWeights => _classWeights;

    /// <summary>What the classifier should say of label maps int64 <c>[B, H, W]</c>, without void: int64 <c>[N]</c>.</summary>
    protected abstract Tensor Targets(Tensor labels);

    /// <summary>Cross entropy over pixels, by the options' recipe and class weights.</summary>
    protected Tensor PixelLoss(Tensor logits, Tensor labels, TrainingStep step) => PriorLosses.CrossEntropy(logits, labels, LabelMap.Void, _options.Recipe, AtStep(_classWeights, step), _options.LabelSmoothing);

    /// <summary>Weights of classes, or of tokens by their classes, raised to the power that a step gives them.</summary>
    protected Tensor? AtStep(Tensor? weights, TrainingStep step)
    {
        if (weights is null || _options.FinalClassWeightPower == 1)
        {
            return weights;
        }

        long steps = (long)_options.Epochs * (BatchesPerEpoch / _options.GradientAccumulation);
        return ClassFrequencies.AtStep(weights, _options.FinalClassWeightPower, step.Index, steps);
    }

    /// <summary>Which channels this step drops: drawn from the seed and the step alone, so that a continued run repeats it. The batches of a step share one row of draws, as the samples of one large batch would.</summary>
    private Tensor Dropout(TrainingStep step)
    {
        Random random = TorchRandomness.At(_options.Seed, 2, step.Index);
        int channels = Network.Head.ProjectedChannels;
        float[] keep = new float[_options.BatchSize * channels];
        for (long before = 0; before < (long)step.Part * keep.Length; before++)
        {
            random.NextDouble();
        }

        for (int i = 0; i < keep.Length; i++)
        {
            keep[i] = random.NextDouble() < LatentPriorNetwork.DropoutShare ? 0 : (float)(1 / (1 - LatentPriorNetwork.DropoutShare));
        }

        return tensor(keep, [_options.BatchSize, channels, 1, 1]).to(Trained.Device);
    }

    private void FreezeStatistics()
    {
        if (_options.FrozenStages == 0)
        {
            return;
        }

        foreach ((string name, Module module) in Network.Encoder.named_modules())
        {
            if (module is BatchNorm2d && Network.Encoder.StageOf(name) < _options.FrozenStages)
            {
                module.eval();
            }
        }
    }

    private double LearningRateFactor(string name)
    {
        const string encoder = "encoder.";
        return name.StartsWith(encoder, StringComparison.Ordinal)
            ? Math.Pow(_options.EncoderLayerDecay, EncoderNetwork.StageCount - Network.Encoder.StageOf(name[encoder.Length..]))
            : 1;
    }
}
