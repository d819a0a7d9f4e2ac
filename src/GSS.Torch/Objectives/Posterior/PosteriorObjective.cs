using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// Stage I, latent posterior learning (paper section 3.3): the palette X and its inverse X⁻¹ around a tokenizer that stays as it is. What X⁻¹ reads are maskiges that went through the
/// tokenizer and back (paper), or those that a trained prior predicts for photographs (the authors' code).
/// </summary>
/// <param name="options">How to train.</param>
/// <param name="samples">The training set; photographs are read only where <paramref name="prior"/> is given.</param>
/// <param name="validation">What to measure at the end.</param>
/// <param name="networks">What is trained.</param>
/// <param name="prior">Whose predictions X⁻¹ learns to read; null learns from reconstructions.</param>
internal sealed class PosteriorObjective(
    PosteriorTrainingOptions options, ISegmentationSamples samples, ISegmentationSamples? validation, PosteriorNetworks networks, TrainedPrior? prior = null) : TrainingObjective<TrainingBatch>
{
    private const string PaletteName = "palette", ClassWeightsName = "class_weights";

    private Tensor? _classWeights;

    private readonly CropBatches _batches = new(
        prior is null ? new BlankPhotographs(samples) : samples,
        new AugmentationOptions { CropWidth = options.CropSize, CropHeight = options.CropSize, PhotometricDistortion = prior is not null },
        options.BatchSize, options.Seed, options.CacheBytes, networks.Palette.Count);

    public override string Name => prior is null ? "latent posterior" : "inverse of predictions";

    public override IReadOnlyList<TrainedParameter> Parameters { get; } =
    [
        .. networks.Learned is { } learned ? [new TrainedParameter(PaletteName, learned.Parameter, 0)] : Array.Empty<TrainedParameter>(),
        .. networks.Inverse?.named_parameters().Select(p => new TrainedParameter($"inverse.{p.name}", p.parameter, DecayRules.Applies(p.name, p.parameter, TrainingRecipe.Balanced) ? options.WeightDecay : 0)) ?? [],
    ];

    public override IReadOnlyList<(string Name, Tensor Value)> Weights { get; } =
    [
        .. networks.Learned is { } learned ? [(PaletteName, (Tensor)learned.Parameter)] : Array.Empty<(string, Tensor)>(),
        .. networks.Inverse?.state_dict().Select(entry => ($"inverse.{entry.Key}", entry.Value)) ?? [],
    ];

    public override void Prepare(CancellationToken cancellation)
    {
        Tensor? weights = ClassFrequencies.Weights(options.ClassWeights, samples, Classes.Count, cancellation);
        _classWeights = weights?.pow(tensor((float)options.ClassWeightPower)).to(networks.Device);
    }

    public override IEnumerable<(string Name, Tensor Value)> Bag() => _classWeights is null ? [] : [(ClassWeightsName, _classWeights)];

    public override void Restore(Func<string, Tensor?> read) => _classWeights = read(ClassWeightsName)?.to(networks.Device).MoveToOuterDisposeScope();

    public override int BatchesPerEpoch => options.Steps * options.GradientAccumulation;

    public override bool Validates => validation is { Count: > 0 };

    // The loop's one epoch is many passes over the label maps.
    public override TrainingBatch Make(int epoch, int index, TrainingBatch? used, CancellationToken stop) =>
        _batches.Make(index / _batches.BatchesPerEpoch, index % _batches.BatchesPerEpoch, used, stop);

    public override Tensor Loss(TrainingBatch batch, TrainingStep step)
    {
        networks.Inverse?.BeginTraining();
        long[] size = [options.BatchSize, options.CropSize, options.CropSize];
        Tensor labels = tensor(batch.Labels, size).to(networks.Device).to(ScalarType.Int64);
        Tensor colors = networks.Colors(), painted = Paint(batch, colors, size, step);
        return networks.Inverse is { } inverse
            ? PriorLosses.CrossEntropy(MaskigeReading.Scores(inverse, painted, networks.Tokenizer.MaskigeScale), labels, LabelMap.Void, weights: _classWeights)
            : NearestColorLoss(painted, PriorLosses.Enlarge(labels, networks.Tokenizer), colors);
    }

    public override TrainingEvaluation Evaluate(CancellationToken cancellation)
    {
        networks.Inverse?.eval();
        MaskigeReading reading = networks.Reading;
        var matrix = new ConfusionMatrix(reading.Palette.Count);
        for (int i = 0; i < validation!.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            (LabelMap labels, LabelMap found) = prior is null ? Reconstruct(reading, i) : Predict(reading, prior, i);
            matrix.Add(labels, found);
        }

        SegmentationMetrics metrics = matrix.ToMetrics(Classes);
        return new TrainingEvaluation(metrics.MeanIoU, metrics);
    }

    /// <summary>Names for the metrics.</summary>
    public required SegmentationClasses Classes { get; init; }

    public override IReadOnlyDictionary<string, byte[]> Export() => throw new NotSupportedException("X and X⁻¹ are exported with the tokenizer's decoder.");

    public override void Describe(RunIdentity run)
    {
        run.Add("objective", Name);
        run.Add("training data", samples.Fingerprint);
        run.Add("validation data", validation?.Fingerprint);
        run.Add("classes", string.Join(",", Classes.Names));
        run.Add("first palette", string.Join(",", networks.Palette.Colors));
        if (prior is not null)
        {
            run.Add("prior", FileContent.Identity(prior.Export()[SegmentationModelPackage.PriorPart]));
        }
    }

    private (LabelMap Labels, LabelMap Found) Reconstruct(MaskigeReading reading, int index)
    {
        LabelMap labels = validation!.ReadLabels(index);
        return (labels, reading.Reconstruct(labels, networks.Device));
    }

    private (LabelMap Labels, LabelMap Found) Predict(MaskigeReading reading, TrainedPrior prior, int index)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        (RgbImage image, LabelMap labels) = validation!.Read(index);
        Tensor pixels = tensor(image.Pixels.ToArray(), [1, image.Height, image.Width, 3]).to(networks.Device);
        return (labels, reading.Read(prior.PredictMaskiges(pixels.to(ScalarType.Float32).permute(0, 3, 1, 2)), image.Width, image.Height));
    }

    /// <summary>The maskiges that X⁻¹ reads, RGB in about 0..1, <c>[B, 3, scale × H, scale × W]</c>.</summary>
    private Tensor Paint(TrainingBatch batch, Tensor colors, long[] size, TrainingStep step)
    {
        if (prior is not null)
        {
            return prior.PredictMaskiges(tensor(batch.Images, [size[0], 3, size[1], size[2]]).to(networks.Device));
        }

        byte[] filled = [.. batch.Labels];
        LabelMap.FillVoid(filled);
        Tensor ids = PriorLosses.Enlarge(tensor(filled, size).to(networks.Device).to(ScalarType.Int64), networks.Tokenizer);
        Tensor maskige = colors.index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], ids.shape[2], 3).permute(0, 3, 1, 2).contiguous();
        if (networks.Learned is null)
        {
            return networks.Tokenizer.Decode(networks.Tokenizer.EncodeEnlarged(maskige));
        }

        Tensor logits = networks.Tokenizer.TokenLogits(maskige);
        using var generator = new Generator(TorchRandomness.Mix(options.Seed, 4, step.Index, step.Part), CPU);
        Tensor uniform = rand(logits.shape, generator: generator).to(networks.Device);
        double temperature = HardGumbelSoftmax.Temperature(options.StartTemperature, options.EndTemperature, step.Index, options.Steps);
        return networks.Tokenizer.DecodeMixture(HardGumbelSoftmax.Draw(logits, uniform, temperature));
    }

    /// <summary>How far labelled pixels are from being nearest to another colour.</summary>
    private static Tensor NearestColorLoss(Tensor painted, Tensor labels, Tensor colors)
    {
        Tensor flat = labels.flatten(), counted = flat.ne(Constant.Of(LabelMap.Void)).nonzero().flatten();
        if (counted.shape[0] == 0)
        {
            return painted.sum() * Constant.Of(0);
        }

        Tensor pixels = painted.permute(0, 2, 3, 1).reshape(-1, 3).index_select(0, counted);
        return TokenizerLosses.MarginOfPixels(pixels.unsqueeze(0), flat.index_select(0, counted).unsqueeze(0), colors.unsqueeze(0)).Loss;
    }
}
