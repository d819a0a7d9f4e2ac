using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>How the compact tokenizer is trained: one epoch of <see cref="Steps"/> steps.</summary>
internal sealed record TokenizerTrainingOptions : TrainingOptions
{
    public TokenizerTrainingOptions()
    {
        (Epochs, LearningRate, LearningRateSchedule, WarmUpSteps) = (1, 2e-3, LearningRateSchedule.Cosine, 100);
        (WeightDecay, GradientClipNorm, Seed, Device) = (1e-4, 1, 1, TrainingDevice.Cpu);
    }

    public int Steps { get; set; } = 6000;

    public int CropSize { get; set; } = 96;

    /// <summary>Steps without quantisation, after which the codebook is chosen by k-means.</summary>
    public int ContinuousSteps { get; set; } = 400;

    /// <summary>The network has been trained before: its codebook is kept.</summary>
    public bool GoOn { get; set; }

    [KeepsWeights("It only listens.")]
    public Action<string> Log { get; set; } = _ => { };

    /// <summary>Called every <see cref="ReportEvery"/> steps and after the last, with the number of steps taken.</summary>
    [KeepsWeights("It only listens.")]
    public Action<int>? Report { get; set; }

    [KeepsWeights("It only listens.")]
    public int ReportEvery { get; set; } = 1000;

    internal override void AddFaults(OptionFaults faults)
    {
        base.AddFaults(faults);
        faults.Require(Epochs == 1, nameof(Epochs), Epochs, "1, since Steps says how long to train");
        faults.Require(Steps >= 1, nameof(Steps), Steps, "at least 1");
        faults.Require(CropSize >= 8 && CropSize % 8 == 0, nameof(CropSize), CropSize, "a multiple of 8");
        faults.Require(ReportEvery >= 1, nameof(ReportEvery), ReportEvery, "at least 1");
    }
}

/// <summary>Stage I for the default tokenizer: reconstructs procedural maskiges of any palette.</summary>
internal static class TokenizerTraining
{
    private const double MovingAverage = 0.99;

    /// <summary>Trains encoder, decoder and codebook.</summary>
    public static void Run(CompactVqVae network, TokenizerTrainingOptions options)
    {
        TorchNative.EnsureLoaded();
        using var codebook = new CodebookAverages(network.Quantizer, MovingAverage, options.Seed);
        Run(network.Encoder, network.Decoder, codebook, options, network.Name);
    }

    /// <summary>Trains encoder and decoder around a grid that is not learned: quantised from the first step, as in the paper.</summary>
    public static void Run(CompactFsqVae network, TokenizerTrainingOptions options) =>
        Run(network.Encoder, network.Decoder, new ScalarRounding(network.Quantizer), options with { ContinuousSteps = 0 }, network.Name);

    /// <summary>Trains an encoder (RGB <c>[B, 3, 4h, 4w]</c> → codes <c>[B, D, h, w]</c>) and a decoder (the way back) around any quantiser.</summary>
    public static void Run(Module<Tensor, Tensor> encoder, Module<Tensor, Tensor> decoder, ITrainingQuantizer quantizer, TokenizerTrainingOptions options, string name = "tokenizer")
    {
        TorchNative.EnsureLoaded();
        options.Validate();
        using var scope = NewDisposeScope();
        using var objective = new TokenizerObjective(encoder, decoder, quantizer, options, name);
        TrainingLoop<TokenizerBatch>.Run(objective, options with
        {
            Progress = progress =>
            {
                options.Progress?.Invoke(progress);
                if (progress.Step % options.ReportEvery == 0 || progress.Step == progress.Steps)
                {
                    options.Report?.Invoke((int)progress.Step);
                }
            },
        });
        encoder.KeepBeyondScopes();
        decoder.KeepBeyondScopes();
    }
}

/// <summary>Reconstruction of procedural maskiges through a quantiser.</summary>
internal sealed class TokenizerObjective : TrainingObjective<TokenizerBatch>, IDisposable
{
    private const double UniformityWeight = 0.25;

    private readonly Module<Tensor, Tensor> _encoder;
    private readonly Module<Tensor, Tensor> _decoder;
    private readonly ITrainingQuantizer _quantizer;
    private readonly TokenizerTrainingOptions _options;
    private readonly Generator _noise;

    public TokenizerObjective(Module<Tensor, Tensor> encoder, Module<Tensor, Tensor> decoder, ITrainingQuantizer quantizer, TokenizerTrainingOptions options, string name)
    {
        (_encoder, _decoder, _quantizer, _options, Name) = (encoder, decoder, quantizer, options, name);
        _noise = new Generator((ulong)options.Seed);
        (string Name, Parameter Value)[] parameters =
        [
            .. encoder.named_parameters().Select(p => ("encoder." + p.name, p.parameter)),
            .. decoder.named_parameters().Select(p => ("decoder." + p.name, p.parameter)),
        ];
        Parameters = [.. parameters.Select(p => new TrainedParameter(p.Name, p.Value, options.WeightDecay))];
        Weights = [.. parameters.Select(p => (p.Name, (Tensor)p.Value))];
    }

    public override string Name { get; }

    public override IReadOnlyList<TrainedParameter> Parameters { get; }

    public override IReadOnlyList<(string Name, Tensor Value)> Weights { get; }

    public override int BatchesPerEpoch => _options.Steps * _options.GradientAccumulation;

    public override TokenizerBatch Make(int epoch, int index, TokenizerBatch? used, CancellationToken stop) => TokenizerBatch.Draw(_options, index);

    public override Tensor Loss(TokenizerBatch batch, TrainingStep step)
    {
        (Tensor maskige, Tensor labels, Tensor palettes) = batch.ToTensors();
        Tensor codes = _encoder.call(maskige);
        Tensor quantized, commitment;
        if (step.Index < _options.ContinuousSteps)
        {
            // Keeps the codes small and smooth, so that k-means finds a useful codebook.
            quantized = codes.Plus(randn(codes.shape, generator: _noise) * Constant.Of(0.1));
            commitment = codes.square().mean() * Constant.Of(0.01);
        }
        else
        {
            if (step.Index == _options.ContinuousSteps && step.Part == 0 && !_options.GoOn)
            {
                _quantizer.StartFrom(codes);
            }

            (quantized, commitment) = _quantizer.Quantize(codes);
        }

        Tensor painted = _decoder.call(quantized);
        (Tensor margin, Tensor wrong) = TokenizerLosses.Margin(painted, labels, palettes);
        Tensor loss = (painted - maskige).abs().mean().Plus(margin).Plus(commitment);
        if (step.Index >= _options.ContinuousSteps)
        {
            loss = loss.Plus(TokenizerLosses.Uniformity(codes, labels) * Constant.Of(UniformityWeight));
        }

        if (step.Index % 100 == 0 && step.Part == 0)
        {
            _options.Log($"step {step.Index} loss {loss.item<float>():F4} wrong pixels {100 * wrong.item<float>():F2} % codes in use {_quantizer.InUse()} commitment {commitment.item<float>():F4}");
        }

        return loss;
    }

    public override IReadOnlyDictionary<string, byte[]> Export() => throw new NotSupportedException("A tokenizer is kept as a weight file; a model package takes its ONNX from the network.");

    public override void Describe(RunIdentity run) => run.Add("objective", $"{Name}, {string.Join(" ", Weights.Select(w => string.Join("x", w.Value.shape)))}");

    public override IEnumerable<(string Name, Tensor Value)> Bag() => [("noise", _noise.get_state()), .. _quantizer.State];

    public override void Restore(Func<string, Tensor?> read)
    {
        if (read("noise") is { } noise)
        {
            _noise.set_state(noise);
            _quantizer.Restore(name => read(name)!);
        }
    }

    public void Dispose() => _noise.Dispose();
}
