using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>Stage II, latent prior learning (paper section 3.4): an image encoder learns to predict the tokens of the label map from the photograph.</summary>
public static class LatentPriorTraining
{
    /// <summary>Trains from the beginning, or from the workspace's checkpoint where there is one.</summary>
    /// <param name="samples">The training set, not empty.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="palette">β: one colour for each class.</param>
    /// <param name="options">How to train; not changed.</param>
    /// <param name="validation">Samples to validate on: the weights of the best mIoU are kept. Null keeps the last weights.</param>
    /// <returns>The weights of the best validation, or the last ones without validation. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Options are out of range (all faults are listed), the set is empty, or palette and classes differ in number.</exception>
    /// <exception cref="InvalidOperationException">The device asked for is not there, or the precision asked for is not for it.</exception>
    /// <exception cref="SegmentationDataException">A sample cannot be read.</exception>
    /// <exception cref="WeightFileException">The encoder's weight file is damaged or does not fit.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not a finite number any more.</exception>
    /// <exception cref="WorkspaceException">The workspace belongs to another run, or its checkpoint is damaged.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static TrainedPrior Run(ISegmentationSamples samples, SegmentationClasses classes, MaskigePalette palette, GenerativeOptions options, ISegmentationSamples? validation = null) =>
        Run(samples, classes, palette, inverse: null, options, validation);

    /// <summary>As the public method, with an X⁻¹ that is no file.</summary>
    /// <param name="samples">The training set.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="palette">β.</param>
    /// <param name="inverse">What <see cref="InverseNetwork.ToBytes"/> gave; null takes what the options name.</param>
    /// <param name="options">How to train.</param>
    /// <param name="validation">Samples to validate on.</param>
    internal static TrainedPrior Run(
        ISegmentationSamples samples, SegmentationClasses classes, MaskigePalette palette, byte[]? inverse, GenerativeOptions options, ISegmentationSamples? validation)
    {
        ArgumentNullException.ThrowIfNull(palette);
        SegmentationRun.Check(samples, classes, options);
        return palette.Count == classes.Count
            ? SegmentationRun.Run(options, device => Create(classes, palette, inverse, options, device), trained => new GenerativeObjective(options, samples, validation, trained, inverse))
            : throw new ArgumentException($"The palette has {palette.Count} colours and '{classes.Name}' has {classes.Count} classes; they must be as many.", nameof(palette));
    }

    private static TrainedPrior Create(SegmentationClasses classes, MaskigePalette palette, byte[]? inverseWeights, GenerativeOptions options, Device device)
    {
        LatentPriorNetwork network = SegmentationRun.CreateNetwork(options, options.Tokenizer.VocabularySize, options.AuxiliaryLossWeight > 0 ? classes.Count : 0, options.TokenHead, options.Tokenizer.Stride, device);
        if (options.ClassTiedTokens)
        {
            network.Head.TieTokens();
        }

        if (options.Start is { } start)
        {
            string filled = start.FillIn(network, classes, options.Encoder.Name);
            options.Told?.Invoke(filled);
        }

        TokenizerNetwork tokenizer = options.Tokenizer.CreateNetwork();
        tokenizer.To(device);
        InverseNetwork? inverse = inverseWeights is not null ? InverseNetwork.FromBytes(inverseWeights, "the trained X⁻¹")
            : options.InverseWeights is { } file ? InverseNetwork.Load(file, classes) : null;
        inverse?.to(device);
        return new TrainedPrior(network, tokenizer, classes, palette, options, device, inverse);
    }
}

/// <summary>GSS: the tokens of the label map's maskige, and an auxiliary head whose classes fill void (paper section 3.4, equation 7).</summary>
internal sealed class GenerativeObjective(GenerativeOptions options, ISegmentationSamples samples, ISegmentationSamples? validation, TrainedPrior trained, byte[]? inverse = null)
    : SegmentationObjective(options, samples, validation, trained)
{
    private const string TokenWeightsName = "token_weights", AgreementCodesName = "agreement_codes", KeptTokensName = "kept_tokens";

    private Tensor? _tokenWeights;

    public override string Name => "latent prior";

    protected override bool BeginsWithFrequencies => options.Start is null;

    private bool NeedsAgreementCodes => options.TokenDecoding == TokenDecoding.Agreement || (options.TokenDecoding == TokenDecoding.Validated && Validates);

    public override void Describe(RunIdentity run)
    {
        base.Describe(run);
        run.Add("palette", string.Join(",", trained.Palette.Colors));
        if (inverse is not null)
        {
            run.Add("inverse", FileContent.Identity(inverse));
        }

        if (options.Start is { } start)
        {
            run.Add("start", FileContent.Identity(start.Weights));
        }
    }

    public override void Prepare(CancellationToken cancellation)
    {
        base.Prepare(cancellation);
        Tensor? weights = options.Recipe == TrainingRecipe.Reference ? null : ClassWeights, tied = Network.Head.ClassShares;
        if (tied is null && weights is null && !NeedsAgreementCodes && options.KeptTokenShare == 1)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor counts = tensor(TokenClasses.Count(Samples, trained, options, cancellation)), common = TokenClasses.Shares(counts, trained.Tokenizer.Stride);
        if (NeedsAgreementCodes)
        {
            trained.KeepAgreementCodes(TokenClasses.Codes(TokenClasses.Pictures(counts, common, trained.Tokenizer.Stride)));
        }

        trained.KeptTokens = TokenClasses.Kept(counts.sum(1), TokenClasses.Solid(trained), options.KeptTokenShare);
        Tensor shares = common.to(ScalarType.Float32).to(trained.Device);
        tied?.copy_(shares.unsqueeze(2).unsqueeze(3));
        _tokenWeights = weights is null ? null : TokenClasses.Weights(shares, weights).MoveToOuterDisposeScope();
    }

    public override IEnumerable<(string Name, Tensor Value)> Bag()
    {
        IEnumerable<(string Name, Tensor Value)> bag = base.Bag();
        bag = _tokenWeights is null ? bag : bag.Append((TokenWeightsName, _tokenWeights));
        bag = trained.AgreementCodes is null ? bag : bag.Append((AgreementCodesName, trained.AgreementCodes));
        return trained.KeptTokens is null ? bag : bag.Append((KeptTokensName, tensor(trained.KeptTokens)));
    }

    public override void Restore(Func<string, Tensor?> read)
    {
        base.Restore(read);
        _tokenWeights = read(TokenWeightsName)?.to(trained.Device).MoveToOuterDisposeScope();
        using (Tensor? kept = read(KeptTokensName))
        {
            trained.KeptTokens = kept?.data<long>().ToArray();
        }

        if (NeedsAgreementCodes)
        {
            long vocabulary = trained.Tokenizer.VocabularySize;
            Tensor? codes = read(AgreementCodesName);
            trained.KeepAgreementCodes(codes is not null && codes.dim() == 2 && codes.shape[0] == vocabulary ? codes : throw new WorkspaceException(
                $"The checkpoint in the workspace '{options.WorkspacePath}' has {(codes is null ? "no" : $"[{string.Join(", ", codes.shape)}]")} '{AgreementCodesName}', expected [{vocabulary}, D], which TokenDecoding.{options.TokenDecoding} needs: another build of the library wrote it; finish the run with that build, or name another WorkspacePath."));
        }
    }

    /// <summary>Where validation chooses the decision between tokens, measures the ways that were not measured yet and keeps the best; of equal ones the most likely token.</summary>
    public override TrainingEvaluation Conclude(TrainingEvaluation best, CancellationToken cancellation)
    {
        if (options.TokenDecoding != TokenDecoding.Validated || !NeedsAgreementCodes)
        {
            return best;
        }

        TokenDecoding[] others = [TokenDecoding.Agreement, TokenDecoding.Expected];
        var measured = new Dictionary<TokenDecoding, double> { [TokenDecoding.MostLikely] = best.Metric };
        trained.MeasuredDecodings = measured;
        TrainingEvaluation[] found;
        try
        {
            found = Evaluate(others.Length, image => trained.Predict(image, others), cancellation);
        }
        catch (OperationCanceledException) when (options.KeepBestOnCancellation)
        {
            // The most likely token stands.
            return best;
        }

        foreach ((TokenDecoding decoding, TrainingEvaluation evaluation) in others.Zip(found))
        {
            measured[decoding] = evaluation.Metric;
            (best, trained.TokenDecoding) = evaluation.Metric > best.Metric ? (evaluation, decoding) : (best, trained.TokenDecoding);
        }

        return best;
    }

    protected override Tensor Loss(Tensor images, Tensor dropout, Tensor labels, TrainingStep step)
    {
        Tensor features, logits;
        Tensor? auxiliary, classes;
        using (Precision())
        {
            (features, auxiliary) = Network.Read(images, dropout);
        }

        labels = PriorLosses.Enlarge(labels, trained.Tokenizer);
        classes = auxiliary is null ? null : functional.interpolate(auxiliary.to(ScalarType.Float32), [labels.shape[1], labels.shape[2]], mode: InterpolationMode.Bilinear, align_corners: false);
        CountedTokens counted = CountedTokens.Choose(
            PriorLosses.TokenTargets(labels, classes, trained.PaletteColors, trained.Tokenizer, classes is null ? VoidColor() : null), PriorLosses.Compose(labels, classes), trained.Tokenizer, options, step);
        using (Precision())
        {
            logits = Network.Head.Classify(features, auxiliary, counted.Places);
        }

        Tensor tokens = counted.Loss(logits.to(ScalarType.Float32), AtStep(_tokenWeights, step)) * Constant.Of(options.TokenLossWeight);
        return classes is null ? tokens : tokens.Plus(PixelLoss(classes, labels, step) * Constant.Of(options.AuxiliaryLossWeight));
    }

    private Tensor VoidColor()
    {
        RgbColor color = trained.Palette.VoidColor;
        return tensor(new[] { color.R / 255f, color.G / 255f, color.B / 255f }, [1, 3]).to(trained.Device);
    }

    protected override Tensor Targets(Tensor labels)
    {
        Tensor tokens = TokenClasses.Tokens(labels, trained).flatten();
        return tokens.index_select(0, tokens.ne(Constant.Of(PriorLosses.IgnoredToken)).nonzero().flatten());
    }
}
