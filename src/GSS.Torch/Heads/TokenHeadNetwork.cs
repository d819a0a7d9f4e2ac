using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>A token head: the encoder's four levels, finest first, to the logits of the tokens <c>[B, V, h, w]</c>.</summary>
internal abstract class TokenHeadNetwork(string name) : Module(name)
{
    private const string ClassSharesName = "class_shares";

    private bool _isTied;

    /// <summary>Channels before the classifier: what dropout works on.</summary>
    public abstract int ProjectedChannels { get; }

    /// <summary>The 1×1 convolution with bias to V logits.</summary>
    public abstract Conv2d Classifier { get; }

    /// <summary>The 1×1 convolution with bias to the K logits of the auxiliary head; null without one.</summary>
    public abstract Conv2d? Auxiliary { get; }

    /// <summary>
    /// N, <c>[V, K, 1, 1]</c>: which share of a token's pixels showed a class in training; null where tokens are not tied to classes. Then
    /// Σ_c N[v, c] · log softmax(auxiliary logits)_c is added to the logit of token v: what the auxiliary head has learned of a class from every pixel,
    /// no token has to learn again.
    /// </summary>
    public Tensor? ClassShares => _isTied ? get_buffer(ClassSharesName) : null;

    /// <summary>Ties the tokens to the classes of the auxiliary head, evenly until <see cref="ClassShares"/> is filled.</summary>
    /// <exception cref="InvalidOperationException">There is no auxiliary head.</exception>
    public void TieTokens()
    {
        if (Auxiliary is null)
        {
            throw new InvalidOperationException("Tokens are tied to classes by the auxiliary head, and this network has none.");
        }

        (long vocabulary, long classes) = (Classifier.weight!.shape[0], Auxiliary.weight!.shape[0]);
        register_buffer(ClassSharesName, full([vocabulary, classes, 1, 1], Constant.Of(1.0 / classes), ScalarType.Float32, Classifier.weight.device));
        _isTied = true;
    }

    /// <summary>Levels to logits, as in scoring.</summary>
    /// <param name="levels">The encoder's levels, finest first.</param>
    public Tensor Logits(Tensor[] levels) => Forward(levels, dropout: null, withAuxiliary: false).Logits;

    /// <summary>The same as ONNX operators, for any batch, height and width, without what only training needs: dropout and, where tokens are not tied to classes, the auxiliary head.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="levels">The encoder's levels, finest first.</param>
    public OnnxValue Logits(OnnxGraph graph, OnnxValue[] levels)
    {
        using DisposeScope scope = NewDisposeScope();
        return graph.Conv(Evidence(graph, levels), graph.Constant(EvidenceWeights()), graph.Constant(Classifier.bias!), kernel: 1);
    }

    /// <summary>What the decision between tokens reads, as ONNX operators: the features <c>[B, ProjectedChannels, h, w]</c> and, where tokens are tied to classes, behind them the classes' log probabilities <c>[B, K, h, w]</c>.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="levels">The encoder's levels, finest first.</param>
    public OnnxValue Evidence(OnnxGraph graph, OnnxValue[] levels)
    {
        OnnxValue features = Features(graph, levels, out Func<OnnxValue> auxiliary);
        return _isTied ? graph.Concat(1, features, graph.Add("LogSoftmax", [graph.ResizeBilinearLike(auxiliary(), features)], ("axis", 1L))) : features;
    }

    /// <summary>The matrix between <see cref="Evidence"/> and the logits: the classifier's weights and, behind them, <see cref="ClassShares"/>; <c>[V, C, 1, 1]</c> in the caller's scope.</summary>
    public Tensor EvidenceWeights() => ClassShares is { } shares ? cat([Classifier.weight!.detach(), shares], 1) : Classifier.weight!.detach();

    /// <summary>Levels to logits and auxiliary logits.</summary>
    /// <param name="levels">The encoder's levels, finest first.</param>
    /// <param name="dropout"><c>[B, ProjectedChannels, 1, 1]</c> factors on the projected channels; null drops none.</param>
    /// <param name="withAuxiliary">False saves the work where nothing reads them.</param>
    public (Tensor Logits, Tensor? Auxiliary) Forward(Tensor[] levels, Tensor? dropout, bool withAuxiliary)
    {
        (Tensor features, Tensor? auxiliary) = Read(levels, dropout, withAuxiliary);
        return (Classify(features, auxiliary), auxiliary);
    }

    /// <summary>Levels to what the classifier reads, <c>[B, ProjectedChannels, h, w]</c>, and auxiliary logits on their own grid.</summary>
    /// <param name="levels">The encoder's levels, finest first.</param>
    /// <param name="dropout"><c>[B, ProjectedChannels, 1, 1]</c> factors on the projected channels; null drops none.</param>
    /// <param name="withAuxiliary">False saves the work where nothing reads them; tied tokens do.</param>
    public (Tensor Features, Tensor? Auxiliary) Read(Tensor[] levels, Tensor? dropout, bool withAuxiliary) => Features(levels, dropout, withAuxiliary || _isTied);

    /// <summary>What <see cref="Read"/> gives to the logits of tokens.</summary>
    /// <param name="features"><c>[B, ProjectedChannels, h, w]</c>.</param>
    /// <param name="auxiliary">The auxiliary logits, which tied tokens need.</param>
    /// <param name="places">int64 <c>[n]</c>: cells, counted row by row through the whole batch, to which the work is confined; null takes all.</param>
    /// <returns><c>[B, V, h, w]</c>, or with places <c>[1, V, n, 1]</c>.</returns>
    public Tensor Classify(Tensor features, Tensor? auxiliary, Tensor? places = null)
    {
        Tensor logits = Classifier.CallPointwise(Only(features, places));
        if (ClassShares is not { } shares)
        {
            return logits;
        }

        Tensor classes = auxiliary!.to(shares.dtype);
        if (!classes.shape.AsSpan(2).SequenceEqual(features.shape.AsSpan(2)))
        {
            classes = functional.interpolate(classes, features.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false);
        }

        return logits.Plus(PointwiseConvolution.Compute(functional.log_softmax(Only(classes, places), 1), shares));
    }

    /// <summary>What the classifier reads, <c>[B, ProjectedChannels, h, w]</c>, as ONNX operators; <paramref name="auxiliary"/> adds the auxiliary logits on their own grid.</summary>
    protected abstract OnnxValue Features(OnnxGraph graph, OnnxValue[] levels, out Func<OnnxValue> auxiliary);

    /// <summary>Levels to what classifier and auxiliary head's logits are made of: see <see cref="Read"/>.</summary>
    protected abstract (Tensor Features, Tensor? Auxiliary) Features(Tensor[] levels, Tensor? dropout, bool withAuxiliary);

    /// <summary>The chosen cells of <c>[B, C, h, w]</c> alone, as one column: <c>[1, C, n, 1]</c>.</summary>
    private static Tensor Only(Tensor cells, Tensor? places) => places is null ? cells
        : cells.permute(0, 2, 3, 1).reshape(-1, cells.shape[1]).index_select(0, places).t().unsqueeze(0).unsqueeze(3);

    /// <summary>All levels through their own 1×1 block and bilinearly to the size of one of them, one behind the other in channels.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="blocks">A block for each level.</param>
    /// <param name="order">Which level goes to which block.</param>
    /// <param name="target">The level whose size all get.</param>
    protected static Tensor Aggregate(Tensor[] levels, ModuleList<ConvolutionBlock> blocks, ReadOnlySpan<int> order, int target)
    {
        long[] size = levels[target].shape[2..];
        var resized = new Tensor[order.Length];
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
        var resized = new OnnxValue[order.Length];
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
