using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// Finite scalar quantisation (Mentzer et al., "Finite Scalar Quantization: VQ-VAE Made Simple", ICLR 2024): a code of a few channels, each bounded by tanh
/// and rounded to a fixed number of levels. Nothing is learned: the vocabulary is every combination of levels. Codes are <c>[B, D, h, w]</c> in about -1..1.
/// </summary>
internal sealed class FiniteScalarQuantizer : nn.Module
{
    /// <summary>Keeps the bound this far inside the outermost rounding border (the paper's code: 1e-3).</summary>
    private const double Margin = 1e-3;

    private readonly int[] _levels;

    /// <summary>Makes the grid.</summary>
    /// <param name="levels">How many levels each channel has, at least 3: of two levels none is where tanh is 0.</param>
    public FiniteScalarQuantizer(params int[] levels)
        : base(nameof(FiniteScalarQuantizer))
    {
        _levels = levels;
        VocabularySize = levels.Aggregate(1, (product, count) => product * count);

        // An even number of levels has no middle one: the bound lies half a level lower, and tanh is shifted so that 0 still gives 0.
        float[] half = [.. levels.Select(count => (float)((count - 1) * (1 - Margin) / 2))];
        float[] offset = [.. levels.Select(count => count % 2 == 0 ? 0.5f : 0)];
        PerChannel("half", half);
        PerChannel("offset", offset);
        PerChannel("shift", [.. half.Zip(offset, (h, o) => MathF.Atanh(o / h))]);
        PerChannel("unit", [.. levels.Select(count => (float)(count / 2))]);
        register_buffer("grid", tensor(Grid(), [VocabularySize, levels.Length]));
        this.KeepBeyondScopes();
        CheckThatEveryCodeHasItsToken();
    }

    public int VocabularySize { get; }

    /// <summary>How many levels each channel has.</summary>
    public IReadOnlyList<int> Levels => _levels;

    /// <summary>The code of every token, <c>[V, D]</c>; the first channel changes fastest.</summary>
    public Tensor Codes => get_buffer("grid")!;

    /// <summary>Any number for each channel → inside the outermost levels; differentiable.</summary>
    public Tensor Bound(Tensor free)
    {
        using var scope = NewDisposeScope();
        Tensor inUnits = (free.Plus(Buffer("shift")).tanh() * Buffer("half")) - Buffer("offset");
        return (inUnits / Buffer("unit")).MoveToOuterDisposeScope();
    }

    /// <summary>Bounded codes → tokens, int64 <c>[B, h, w]</c>.</summary>
    public Tensor Tokens(Tensor bounded)
    {
        using var scope = NewDisposeScope();
        Tensor steps = (bounded * Buffer("unit")).round().Plus(Buffer("unit"));
        Tensor? tokens = null;
        for (int channel = _levels.Length - 1; channel >= 0; channel--)
        {
            Tensor step = steps.select(1, channel);
            tokens = tokens is null ? step : (tokens * Constant.Of(_levels[channel])).Plus(step);
        }

        return tokens!.to(ScalarType.Int64).MoveToOuterDisposeScope();
    }

    /// <summary>Tokens <c>[B, h, w]</c> → codes.</summary>
    public Tensor Lookup(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        Tensor rows = Codes.index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], tokens.shape[2], -1);
        return rows.permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Any numbers <c>[B, D, h, w]</c> → tokens, as <see cref="Bound"/> and <see cref="Tokens"/> in turn.</summary>
    public OnnxValue TokensToOnnx(OnnxGraph graph, OnnxValue free)
    {
        OnnxValue Each(string name) => graph.Constant(Buffer(name));
        OnnxValue inUnits = graph.Sub(graph.Mul(graph.Tanh(graph.Add(free, Each("shift"))), Each("half")), Each("offset"));
        OnnxValue bounded = graph.Div(inUnits, Each("unit"));
        OnnxValue steps = graph.Add(graph.Round(graph.Mul(bounded, Each("unit"))), Each("unit"));
        float[] places = new float[_levels.Length];
        for (int channel = 0, place = 1; channel < places.Length; place *= _levels[channel++])
        {
            places[channel] = place;
        }

        OnnxValue weighted = graph.Mul(steps, graph.Constant(places, 1, places.Length, 1, 1));
        return graph.Cast(graph.ReduceSum(weighted, axis: 1, keepDimension: false), OnnxType.Int64);
    }

    /// <summary>Bounded codes → the codes of their tokens.</summary>
    public Tensor Round(Tensor bounded)
    {
        using var scope = NewDisposeScope();
        return ((bounded * Buffer("unit")).round() / Buffer("unit")).MoveToOuterDisposeScope();
    }

    private Tensor Buffer(string name) => get_buffer(name)!;

    private void PerChannel(string name, float[] values) => register_buffer(name, tensor(values, [1, values.Length, 1, 1]));

    private float[] Grid()
    {
        float[] grid = new float[VocabularySize * _levels.Length];
        for (int token = 0; token < VocabularySize; token++)
        {
            int rest = token;
            for (int channel = 0; channel < _levels.Length; channel++)
            {
                int unit = _levels[channel] / 2;
                grid[(token * _levels.Length) + channel] = (float)((rest % _levels[channel]) - unit) / unit;
                rest /= _levels[channel];
            }
        }

        return grid;
    }

    private void CheckThatEveryCodeHasItsToken()
    {
        using var scope = NewDisposeScope();
        Tensor all = arange(Constant.Of(VocabularySize), ScalarType.Int64);
        Tensor codes = Codes.t().reshape(1, _levels.Length, 1, VocabularySize);
        Tensor back = Tokens(codes).flatten();
        Tensor ends = Bound(tensor([-100f, 100f]).view(1, 1, 1, 2).expand(1, _levels.Length, 1, 2));
        (long lowest, long highest) = (Tokens(ends)[0, 0, 0].item<long>(), Tokens(ends)[0, 0, 1].item<long>());
        if (!back.eq(all).all().item<bool>() || lowest != 0 || highest != VocabularySize - 1 || !Bound(zeros_like(ends)).abs().lt(Constant.Of(1e-3)).all().item<bool>())
        {
            throw new InvalidOperationException($"The levels {string.Join(", ", _levels)} give codes that do not come back as their own tokens: the grid and the rounding differ.");
        }
    }
}
