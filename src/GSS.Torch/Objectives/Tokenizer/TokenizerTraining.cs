using System.Diagnostics;
using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>How the compact tokenizer is trained.</summary>
internal sealed record TokenizerTrainingOptions
{
    public int Steps { get; init; } = 6000;

    public int BatchSize { get; init; } = 8;

    public int CropSize { get; init; } = 96;

    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Steps without quantisation, after which the codebook is chosen by k-means.</summary>
    public int ContinuousSteps { get; init; } = 400;

    /// <summary>The network has been trained before: its codebook is kept.</summary>
    public bool GoOn { get; init; }

    public int Seed { get; init; } = 1;

    public Action<string> Log { get; init; } = _ => { };

    /// <summary>Called every <see cref="ReportEvery"/> steps and after the last, with the number of steps taken.</summary>
    public Action<int>? Report { get; init; }

    public int ReportEvery { get; init; } = 1000;
}

/// <summary>Stage I for the default tokenizer: reconstructs procedural maskiges of any palette.</summary>
internal static class TokenizerTraining
{
    private const int PaddedPalette = 200;
    private const double UniformityWeight = 0.25;
    private const double MovingAverage = 0.99;

    /// <summary>Trains encoder, decoder and codebook.</summary>
    public static void Run(CompactVqVae network, TokenizerTrainingOptions options)
    {
        TorchNative.EnsureLoaded();
        using var codebook = new CodebookAverages(network.Quantizer, MovingAverage, options.Seed);
        Run(network.Encoder, network.Decoder, codebook, options);
    }

    /// <summary>Trains an encoder (RGB <c>[B, 3, 4h, 4w]</c> → codes <c>[B, D, h, w]</c>) and a decoder (the way back) around any quantiser.</summary>
    public static void Run(Module<Tensor, Tensor> encoder, Module<Tensor, Tensor> decoder, ITrainingQuantizer quantizer, TokenizerTrainingOptions options)
    {
        TorchNative.EnsureLoaded();
        random.manual_seed(options.Seed);
        using var optimizer = new AdamW(encoder.named_parameters().Concat(decoder.named_parameters()).Select(p => (p.name, (Tensor)p.parameter, 1e-4)));
        var clock = Stopwatch.StartNew();
        Task<Batch> next = Task.Run(() => Batch.Draw(options, 0));
        for (int step = 0; step < options.Steps; step++)
        {
            Batch batch = next.Result;
            int following = step + 1;
            next = Task.Run(() => Batch.Draw(options, following));
            double progress = (double)step / options.Steps;
            double warmUp = Math.Min(1, (step + 1) / 100.0);
            double learningRate = options.LearningRate * warmUp * (0.005 + (0.995 * 0.5 * (1 + Math.Cos(Math.PI * progress))));

            using var scope = NewDisposeScope();
            (Tensor maskige, Tensor labels, Tensor palettes) = batch.ToTensors(PaddedPalette);
            Tensor codes = encoder.call(maskige);
            Tensor quantized, commitment;
            if (step < options.ContinuousSteps)
            {
                // Keeps the codes small and smooth, so that k-means finds a useful codebook.
                quantized = codes.Plus(randn_like(codes) * Constant.Of(0.1));
                commitment = codes.square().mean() * Constant.Of(0.01);
            }
            else
            {
                if (step == options.ContinuousSteps && !options.GoOn)
                {
                    quantizer.StartFrom(codes);
                }

                (quantized, commitment) = quantizer.Quantize(codes);
            }

            Tensor painted = decoder.call(quantized);
            (Tensor margin, Tensor wrong) = MarginLoss(painted, labels, palettes);
            Tensor loss = (painted - maskige).abs().mean().Plus(margin).Plus(commitment);
            if (step >= options.ContinuousSteps)
            {
                loss = loss.Plus(UniformityLoss(codes, labels) * Constant.Of(UniformityWeight));
            }

            optimizer.ZeroGradients();
            loss.backward();
            nn.utils.clip_grad_norm_(encoder.parameters().Concat(decoder.parameters()), 1.0);
            optimizer.Step(learningRate);
            if (step % 100 == 0)
            {
                options.Log($"step {step} loss {loss.item<float>():F4} wrong pixels {100 * wrong.item<float>():F2} % codes in use {quantizer.InUse()} commitment {commitment.item<float>():F4} {clock.Elapsed.TotalSeconds:F0} s");
            }

            if ((step + 1) % options.ReportEvery == 0 || step + 1 == options.Steps)
            {
                options.Report?.Invoke(step + 1);
            }
        }
    }

    /// <summary>
    /// How far the codes of cells that one class fills are from each other. An image encoder must predict the tokens: where nothing but a class is to be
    /// said, one token should say it, whatever lies beside the cell. Otherwise a class shares its probability among many tokens, and loses against classes that do not.
    /// </summary>
    private static Tensor UniformityLoss(Tensor codes, Tensor labels)
    {
        long batch = codes.shape[0];
        Tensor own, group;
        using (no_grad())
        {
            Tensor ids = labels.to(ScalarType.Float32).unsqueeze(1);
            Tensor highest = functional.max_pool2d(ids, CompactVqVae.PixelStride);
            Tensor lowest = functional.max_pool2d(ids.neg(), CompactVqVae.PixelStride).neg();
            Tensor sample = arange(0, batch * PaddedPalette, PaddedPalette, ScalarType.Float32).view(-1, 1, 1, 1);
            Tensor all = highest.Plus(sample).to(ScalarType.Int64).flatten();
            own = highest.eq(lowest).flatten().nonzero().flatten();
            group = all.index_select(0, own);
        }

        Tensor uniform = codes.permute(0, 2, 3, 1).reshape(-1, codes.shape[1]).index_select(0, own);
        long groups = batch * PaddedPalette;
        Tensor counts = zeros(groups).index_add(0, group, ones(group.shape[0]), Constant.Of(1)).clamp_min(Constant.Of(1));
        Tensor mean = zeros(groups, codes.shape[1]).index_add(0, group, uniform, Constant.Of(1)) / counts.unsqueeze(1);
        return (uniform - mean.index_select(0, group)).square().mean();
    }

    /// <summary>
    /// How far each painted pixel has come from its nearest wrong palette colour to its true one, along the segment between the two
    /// (1 = the true colour, 0 = half way): what nearest-colour decoding will decide by, whatever the palette's distances are.
    /// </summary>
    private static (Tensor Loss, Tensor Wrong) MarginLoss(Tensor painted, Tensor labels, Tensor palettes)
    {
        const double Sharpness = 7;
        long batch = painted.shape[0];
        Tensor pixels = painted.permute(0, 2, 3, 1).reshape(batch, -1, 3);
        Tensor ids = labels.view(batch, -1);
        Tensor competitor;
        using (no_grad())
        {
            Tensor distances = palettes.square().sum(-1).unsqueeze(1) - (pixels.matmul(palettes.transpose(1, 2)) * Constant.Of(2));
            distances.scatter_(2, ids.unsqueeze(2), tensor(1e6f).expand(batch, ids.shape[1], 1));
            competitor = distances.argmin(2);
        }

        Tensor Colors(Tensor index) => palettes.gather(1, index.unsqueeze(2).expand(-1, -1, 3));
        Tensor own = Colors(ids);
        Tensor other = Colors(competitor);
        Tensor position = ((pixels - other).square().sum(-1) - (pixels - own).square().sum(-1)) / (own - other).square().sum(-1);
        Tensor loss = nn.functional.relu(position * Constant.Of(-Sharpness)).Plus((-(position * Constant.Of(Sharpness)).abs()).exp().log1p());
        return (loss.mean(), position.detach().lt(Constant.Of(0)).to(ScalarType.Float32).mean());
    }

    private sealed record Batch(LabelMap[] Labels, MaskigePalette[] Palettes)
    {
        public static Batch Draw(TokenizerTrainingOptions options, int step)
        {
            Random random = TorchRandomness.At(options.Seed, step);
            var labels = new LabelMap[options.BatchSize];
            var palettes = new MaskigePalette[options.BatchSize];
            for (int i = 0; i < labels.Length; i++)
            {
                int classes = Math.Clamp((int)Math.Exp(Math.Log(2) + (random.NextDouble() * Math.Log(100))), 2, PaddedPalette);
                palettes[i] = ProceduralPalettes.Draw(classes, random);
                labels[i] = ProceduralLabelMaps.Draw(options.CropSize, options.CropSize, classes, random);
            }

            return new(labels, palettes);
        }

        public (Tensor Maskige, Tensor Labels, Tensor Palettes) ToTensors(int paddedPalette)
        {
            int side = Labels[0].Width;
            int pixels = side * side;
            float[] colors = new float[Labels.Length * paddedPalette * 3];
            Array.Fill(colors, 10f);
            long[] ids = new long[Labels.Length * pixels];
            float[] maskige = new float[Labels.Length * 3 * pixels];
            for (int b = 0; b < Labels.Length; b++)
            {
                IReadOnlyList<RgbColor> palette = Palettes[b].Colors;
                for (int k = 0; k < palette.Count; k++)
                {
                    int at = ((b * paddedPalette) + k) * 3;
                    (colors[at], colors[at + 1], colors[at + 2]) = (palette[k].R / 255f, palette[k].G / 255f, palette[k].B / 255f);
                }

                ReadOnlySpan<byte> source = Labels[b].Ids;
                for (int i = 0; i < pixels; i++)
                {
                    RgbColor color = palette[source[i]];
                    ids[(b * pixels) + i] = source[i];
                    maskige[(((b * 3) + 0) * pixels) + i] = color.R / 255f;
                    maskige[(((b * 3) + 1) * pixels) + i] = color.G / 255f;
                    maskige[(((b * 3) + 2) * pixels) + i] = color.B / 255f;
                }
            }

            return (tensor(maskige, [Labels.Length, 3, side, side]), tensor(ids, [Labels.Length, side, side]), tensor(colors, [Labels.Length, paddedPalette, 3]));
        }
    }
}
