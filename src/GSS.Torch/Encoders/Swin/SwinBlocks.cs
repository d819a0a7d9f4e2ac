using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// Swin blocks one after the other (Liu et al., ICCV 2021): every second one shifts its windows by half a window. Tokens are a map with the channels last,
/// <c>[B, H, W, C]</c>, any H and W, and keep their shape. State names as in the reference's <c>SwinBlockSequence</c>, under <c>blocks.N</c>:
/// <c>norm1</c>, <c>attn.w_msa.{relative_position_bias_table, relative_position_index, qkv, proj}</c>, <c>norm2</c>, <c>ffn.layers.0.0</c>, <c>ffn.layers.1</c>.
/// </summary>
internal sealed class SwinBlockSequence : Layer
{
    /// <summary>Makes the blocks with PyTorch's own random weights.</summary>
    /// <param name="channels">C, a multiple of <paramref name="heads"/>.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="depth">How many blocks.</param>
    /// <param name="window">Side of a window in tokens.</param>
    /// <param name="feedForwardChannels">Width between the two layers of the feed-forward network.</param>
    /// <param name="mergeAfter">Whether <see cref="Merging"/> belongs to it, under <c>downsample</c>.</param>
    public SwinBlockSequence(int channels, int heads, int depth, int window, int feedForwardChannels, bool mergeAfter = false)
        : base(nameof(SwinBlockSequence))
    {
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        Blocks = new ModuleList<SwinBlock>([.. Enumerable.Range(0, depth).Select(i => new SwinBlock(channels, heads, window, i % 2 == 0 ? 0 : window / 2, feedForwardChannels))]);
        register_module("blocks", Blocks);
        if (mergeAfter)
        {
            Merging = new PatchMerging(channels);
            register_module("downsample", Merging);
        }
    }

    public ModuleList<SwinBlock> Blocks { get; }

    /// <summary>What halves the tokens for the next stage of an encoder, which calls it itself; null elsewhere.</summary>
    public PatchMerging? Merging { get; }

    public override Tensor forward(Tensor tokens)
    {
        foreach (SwinBlock block in Blocks)
        {
            tokens = block.call(tokens);
        }

        return tokens;
    }

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue tokens)
    {
        var windows = new Dictionary<int, OnnxWindows>();
        foreach (SwinBlock block in Blocks)
        {
            WindowAttention attention = block.Attention;
            if (!windows.TryGetValue(attention.Shift, out OnnxWindows? falling))
            {
                windows[attention.Shift] = falling = new OnnxWindows(graph, tokens, attention.Window, attention.Shift);
            }

            tokens = block.ToOnnx(graph, tokens, falling);
        }

        return tokens;
    }
}

/// <summary>x + attention(norm(x)), then x + feed-forward(norm(x)), on <c>[B, H, W, C]</c>.</summary>
internal sealed class SwinBlock : Module<Tensor, Tensor>
{
    public SwinBlock(int channels, int heads, int window, int shift, int feedForwardChannels)
        : base(nameof(SwinBlock))
    {
        AttentionNorm = LayerNorm(channels);
        Attention = new WindowAttention(channels, heads, window, shift);
        FeedForwardNorm = LayerNorm(channels);
        Widen = Linear(channels, feedForwardChannels);
        Narrow = Linear(feedForwardChannels, channels);
        register_module("norm1", AttentionNorm);
        register_module("attn", Sequential(("w_msa", Attention)));
        register_module("norm2", FeedForwardNorm);
        register_module("ffn", Sequential(("layers", Sequential(("0", Sequential(("0", Widen))), ("1", Narrow)))));
    }

    public LayerNorm AttentionNorm { get; }

    public WindowAttention Attention { get; }

    public LayerNorm FeedForwardNorm { get; }

    /// <summary>The feed-forward network's first layer; GELU by the error function follows.</summary>
    public Linear Widen { get; }

    /// <summary>The feed-forward network's second layer.</summary>
    public Linear Narrow { get; }

    /// <summary>Factors on each sample's attention and feed-forward branch in training, 0 where stochastic depth skips it; null keeps all.</summary>
    public (float[] Attention, float[] FeedForward)? PathFactors { get; set; }

    public override Tensor forward(Tensor input)
    {
        Tensor x = input.Plus(Kept(Attention.call(AttentionNorm.Compute(input)), PathFactors?.Attention));
        Tensor refined = Narrow.Compute(functional.gelu(Widen.Compute(FeedForwardNorm.Compute(x))));
        return x.Plus(Kept(refined, PathFactors?.FeedForward));
    }

    /// <summary>The same in ONNX.</summary>
    public OnnxValue ToOnnx(OnnxGraph graph, OnnxValue tokens, OnnxWindows windows)
    {
        tokens = graph.Add(tokens, Attention.ToOnnx(graph, graph.LayerNorm(tokens, AttentionNorm), windows));
        OnnxValue wide = graph.Gelu(graph.Linear(graph.LayerNorm(tokens, FeedForwardNorm), Widen));
        return graph.Add(tokens, graph.Linear(wide, Narrow));
    }

    private Tensor Kept(Tensor branch, float[]? factors) =>
        training && factors is not null ? branch * tensor(factors, [factors.Length, 1, 1, 1], device: branch.device) : branch;

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
