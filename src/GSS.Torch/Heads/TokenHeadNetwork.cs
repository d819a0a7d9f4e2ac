using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>A token head: the encoder's four levels, finest first, to the logits of the tokens <c>[B, V, h, w]</c>.</summary>
internal abstract class TokenHeadNetwork(string name) : Module(name)
{
    /// <summary>Channels before the classifier: what dropout works on.</summary>
    public abstract int ProjectedChannels { get; }

    /// <summary>The 1×1 convolution with bias to V logits.</summary>
    public abstract Conv2d Classifier { get; }

    /// <summary>The 1×1 convolution with bias to the K logits of the auxiliary head; null without one.</summary>
    public abstract Conv2d? Auxiliary { get; }

    /// <summary>Levels to logits, as in scoring.</summary>
    /// <param name="levels">The encoder's levels, finest first.</param>
    public Tensor Logits(Tensor[] levels) => Forward(levels, dropout: null, withAuxiliary: false).Logits;

    /// <summary>The same as ONNX operators, for any batch, height and width, without what only training needs: the auxiliary head and dropout.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="levels">The encoder's levels, finest first.</param>
    public OnnxValue Logits(OnnxGraph graph, OnnxValue[] levels) => graph.Conv(Features(graph, levels), Classifier);

    /// <summary>What the classifier reads, <c>[B, ProjectedChannels, h, w]</c>, as ONNX operators.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="levels">The encoder's levels, finest first.</param>
    public abstract OnnxValue Features(OnnxGraph graph, OnnxValue[] levels);

    /// <summary>Levels to logits and auxiliary logits.</summary>
    /// <param name="levels">The encoder's levels, finest first.</param>
    /// <param name="dropout"><c>[B, ProjectedChannels, 1, 1]</c> factors on the projected channels; null drops none.</param>
    /// <param name="withAuxiliary">False saves the work where nothing reads them.</param>
    public abstract (Tensor Logits, Tensor? Auxiliary) Forward(Tensor[] levels, Tensor? dropout, bool withAuxiliary);

    /// <summary>All levels through their own 1×1 block and bilinearly to the size of one of them, one behind the other in channels.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="blocks">A block for each level.</param>
    /// <param name="order">Which level goes to which block.</param>
    /// <param name="target">The level whose size all get.</param>
    protected static Tensor Aggregate(Tensor[] levels, ModuleList<ConvolutionBlock> blocks, ReadOnlySpan<int> order, int target)
    {
        long[] size = levels[target].shape[2..];
        var resized = new Tensor[levels.Length];
        for (int i = 0; i < order.Length; i++)
        {
            Tensor lateral = blocks[i].call(levels[order[i]]);
            resized[i] = lateral.shape.AsSpan(2).SequenceEqual(size) ? lateral : functional.interpolate(lateral, size, mode: InterpolationMode.Bilinear, align_corners: false);
        }

        return cat(resized, 1);
    }

    /// <summary><see cref="Aggregate(Tensor[], ModuleList{ConvolutionBlock}, ReadOnlySpan{int}, int)"/> as ONNX operators.</summary>
    protected static OnnxValue Aggregate(OnnxGraph graph, OnnxValue[] levels, ModuleList<ConvolutionBlock> blocks, ReadOnlySpan<int> order, int target)
    {
        var resized = new OnnxValue[levels.Length];
        for (int i = 0; i < order.Length; i++)
        {
            OnnxValue lateral = blocks[i].ToOnnx(graph, levels[order[i]]);
            resized[i] = order[i] == target ? lateral : graph.ResizeBilinearLike(lateral, levels[target]);
        }

        return graph.Concat(1, resized);
    }

    /// <summary>A 1×1 block for each level.</summary>
    protected static ModuleList<ConvolutionBlock> Laterals(IEnumerable<int> channels, int output) => new([.. channels.Select(input => new ConvolutionBlock(input, output, 1))]);

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
