using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// The Swin transformer (Liu et al., ICCV 2021) for images of any size, with mmseg's state names: <c>patch_embed.{projection, norm}</c>,
/// <c>stages.N.blocks.M.…</c> (see <see cref="SwinBlockSequence"/>), <c>stages.N.downsample.{norm, reduction}</c>, <c>normN</c>.
/// A level is a stage's tokens after a normalisation of its own; the next stage takes them without it.
/// </summary>
internal sealed class SwinTransformer : EncoderNetwork
{
    /// <summary>Side of a patch in pixels: the stride of the first level.</summary>
    public const int PatchSize = 4;

    /// <param name="channels">Channels of the first level; each further one has twice as many.</param>
    /// <param name="depths">Blocks of each stage.</param>
    /// <param name="heads">Attention heads of each stage.</param>
    /// <param name="window">Side of a window in tokens.</param>
    /// <param name="dropPath">The share of samples that skip a branch of the last block in training; earlier blocks drop fewer, the first none.</param>
    public SwinTransformer(int channels, int[] depths, int[] heads, int window, double dropPath = 0)
        : base(nameof(SwinTransformer))
    {
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        DropPath = dropPath;
        Channels = [.. depths.Select((_, i) => channels << i)];
        Projection = Conv2d(3, channels, PatchSize, stride: PatchSize);
        ProjectionNorm = LayerNorm(channels);
        register_module("patch_embed", Sequential(("projection", Projection), ("norm", ProjectionNorm)));
        Stages = new ModuleList<SwinBlockSequence>([.. depths.Select((depth, i) =>
            new SwinBlockSequence(Channels[i], heads[i], depth, window, 4 * Channels[i], mergeAfter: i + 1 < depths.Length))]);
        register_module("stages", Stages);
        Norms = [.. Channels.Select(width => LayerNorm(width))];
        for (int i = 0; i < Norms.Length; i++)
        {
            register_module($"norm{i}", Norms[i]);
        }
    }

    public override IReadOnlyList<int> Channels { get; }

    public override int StageOf(string name) =>
        name.StartsWith("stages.", StringComparison.Ordinal) ? 1 + (name[7] - '0') : name.StartsWith("norm", StringComparison.Ordinal) ? 1 + (name[4] - '0') : 0;

    /// <summary>The share of samples that skip a branch of the last block.</summary>
    public double DropPath { get; }

    /// <summary>A patch of 4×4 pixels to a token.</summary>
    public Conv2d Projection { get; }

    public LayerNorm ProjectionNorm { get; }

    public ModuleList<SwinBlockSequence> Stages { get; }

    /// <summary>The normalisation of each level.</summary>
    public LayerNorm[] Norms { get; }

    public override Tensor[] forward(Tensor image)
    {
        (long below, long right) = (Missing(image.shape[2], PatchSize), Missing(image.shape[3], PatchSize));
        Tensor padded = below + right == 0 ? image : functional.pad(image, [0, right, 0, below], PaddingModes.Constant, 0);
        Tensor x = ProjectionNorm.Compute(Projection.Compute(padded).permute(0, 2, 3, 1));
        var levels = new Tensor[Stages.Count];
        for (int i = 0; i < levels.Length; i++)
        {
            x = Stages[i].call(x);
            levels[i] = Norms[i].Compute(x).permute(0, 3, 1, 2);
            x = Stages[i].Merging?.call(x) ?? x;
        }

        return levels;
    }

    /// <inheritdoc/>
    public override OnnxValue[] ToOnnx(OnnxGraph graph, OnnxValue image)
    {
        OnnxValue padded = graph.PadToMultiple(image, PatchSize, mode: "constant");
        OnnxValue x = graph.LayerNorm(graph.Transpose(graph.Conv(padded, Projection), 0, 2, 3, 1), ProjectionNorm);
        var levels = new OnnxValue[Stages.Count];
        for (int i = 0; i < levels.Length; i++)
        {
            x = Stages[i].ToOnnx(graph, x);
            levels[i] = graph.Transpose(graph.LayerNorm(x, Norms[i]), 0, 3, 1, 2);
            x = Stages[i].Merging?.ToOnnx(graph, x) ?? x;
        }

        return levels;
    }

    /// <inheritdoc/>
    public override WeightNames NamesIn(IReadOnlyCollection<string> names) => SwinNames.For(names);

    /// <inheritdoc/>
    public override void DrawSkippedPaths(Random random, int batch)
    {
        SwinBlock[] blocks = [.. Stages.SelectMany(stage => stage.Blocks)];
        for (int i = 0; i < blocks.Length; i++)
        {
            double share = blocks.Length > 1 ? DropPath * i / (blocks.Length - 1) : DropPath;
            float[] Factors() => [.. Enumerable.Range(0, batch).Select(_ => random.NextDouble() < share ? 0 : (float)(1 / (1 - share)))];
            blocks[i].PathFactors = share > 0 ? (Factors(), Factors()) : null;
        }
    }

    /// <summary>How much a size lacks to the next multiple.</summary>
    internal static long Missing(long size, long multiple) => (multiple - (size % multiple)) % multiple;
}

/// <summary>
/// Halves a token map, <c>[B, H, W, C]</c> to <c>[B, ceil(H/2), ceil(W/2), 2C]</c>: four neighbours side by side, normalised, to half their channels.
/// Their order is that of PyTorch's <c>Unfold</c>: channel, then row, then column (reference: <c>PatchMerging</c>; the authors' own weights need reordering).
/// </summary>
internal sealed class PatchMerging : Layer
{
    public PatchMerging(int channels)
        : base(nameof(PatchMerging))
    {
        Norm = LayerNorm(4 * channels);
        Reduction = Linear(4 * channels, 2 * channels, hasBias: false);
        register_module("norm", Norm);
        register_module("reduction", Reduction);
    }

    public LayerNorm Norm { get; }

    public Linear Reduction { get; }

    public override Tensor forward(Tensor input)
    {
        (long below, long right) = (SwinTransformer.Missing(input.shape[1], 2), SwinTransformer.Missing(input.shape[2], 2));
        Tensor x = below + right == 0 ? input : functional.pad(input, [0, 0, 0, right, 0, below], PaddingModes.Constant, 0);
        (long batch, long rows, long columns, long channels) = (x.shape[0], x.shape[1] / 2, x.shape[2] / 2, x.shape[3]);
        x = x.reshape(batch, rows, 2, columns, 2, channels).permute(0, 1, 3, 5, 2, 4).reshape(batch, rows, columns, 4 * channels);
        return Reduction.Compute(Norm.Compute(x));
    }

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue tokens)
    {
        long channels = Norm.normalized_shape[0];
        OnnxValue size = graph.Shape(tokens, 1, 3), two = graph.Constant([2L]);
        OnnxValue odd = graph.Add("Mod", [size, two]);
        OnnxValue padded = graph.Add("Pad", [tokens, graph.Concat(0, graph.Constant([0L, 0, 0, 0, 0]), odd, graph.Constant([0L]))]);
        OnnxValue half = graph.Div(graph.Add(size, odd), two), batch = graph.Shape(tokens, 0, 1);
        OnnxValue rows = graph.Slice(half, graph.Constant([0L]), graph.Constant([1L]), axis: 0);
        OnnxValue columns = graph.Slice(half, graph.Constant([1L]), graph.Constant([2L]), axis: 0);
        OnnxValue x = graph.Reshape(padded, graph.Concat(0, batch, rows, two, columns, two, graph.Constant([channels / 4])));
        x = graph.Reshape(graph.Transpose(x, 0, 1, 3, 5, 2, 4), graph.Concat(0, batch, half, graph.Constant([channels])));
        return graph.Linear(graph.LayerNorm(x, Norm), Reduction);
    }
}
