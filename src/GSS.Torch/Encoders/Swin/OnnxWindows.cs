using GSS.Core;
namespace GSS.Torch;

/// <summary>
/// How a map of tokens <c>[B, H, W, C]</c> falls into the windows of a <see cref="WindowAttention"/>, as ONNX operators for any B, H and W: the padding to whole windows
/// and the mask of shifted ones are worked out in the graph. It is the same for all blocks of a sequence with the same shift.
/// </summary>
internal sealed class OnnxWindows
{
    private readonly OnnxGraph _graph;
    private readonly long _window, _shift;
    private readonly OnnxValue _size, _padded, _down, _across;

    public OnnxWindows(OnnxGraph graph, OnnxValue tokens, long window, long shift)
    {
        (_graph, _window, _shift) = (graph, window, shift);
        OnnxValue side = graph.Constant([window]);
        Images = graph.Shape(tokens, 0, 1);
        _size = graph.Shape(tokens, 1, 3);
        OnnxValue count = graph.Div(graph.Add(_size, graph.Constant([window - 1])), side);
        _padded = graph.Mul(count, side);
        _down = graph.Slice(count, graph.Constant([0L]), graph.Constant([1L]), axis: 0);
        _across = graph.Slice(count, graph.Constant([1L]), graph.Constant([2L]), axis: 0);
        Count = graph.Mul(_down, _across);
        Mask = shift > 0 ? MakeMask() : null;
    }

    /// <summary>B, <c>[1]</c>.</summary>
    public OnnxValue Images { get; }

    /// <summary>Windows in one image, <c>[1]</c>.</summary>
    public OnnxValue Count { get; }

    /// <summary>What is added to the scores of shifted windows, <c>[windows, 1, w², w²]</c>; null without shift.</summary>
    public OnnxValue? Mask { get; }

    /// <summary><c>[B, H, W, C]</c> to <c>[B, down, across, w, w, C]</c>.</summary>
    public OnnxValue Split(OnnxValue x, long channels)
    {
        OnnxValue pads = _graph.Concat(0, _graph.Constant([0L, 0, 0, 0, 0]), _graph.Sub(_padded, _size), _graph.Constant([0L]));
        x = Roll(_graph.Add("Pad", [x, pads]), _shift);
        OnnxValue side = _graph.Constant([_window]);
        x = _graph.Reshape(x, _graph.Concat(0, Images, _down, side, _across, side, _graph.Constant([channels])));
        return _graph.Transpose(x, 0, 1, 3, 2, 4, 5);
    }

    /// <summary>The way back: windows <c>[…, w², C]</c> to <c>[B, H, W, C]</c>.</summary>
    public OnnxValue Join(OnnxValue windows, long channels)
    {
        OnnxValue x = _graph.Reshape(windows, _graph.Concat(0, Images, _down, _across, _graph.Constant(_window, _window, channels)));
        x = _graph.Reshape(_graph.Transpose(x, 0, 1, 3, 2, 4, 5), _graph.Concat(0, Images, _padded, _graph.Constant([channels])));
        return _graph.Add("Slice", [Roll(x, -_shift), _graph.Constant([0L, 0]), _size, _graph.Constant([1L, 2])]);
    }

    /// <summary>Moves rows up and columns left by <paramref name="distance"/> (a negative one: down and right); what leaves on one side comes back on the other.</summary>
    private OnnxValue Roll(OnnxValue x, long distance)
    {
        foreach (long axis in distance == 0 ? (long[])[] : [1, 2])
        {
            OnnxValue cut = _graph.Constant([distance]);
            x = _graph.Concat(axis, _graph.Slice(x, cut, _graph.Constant([long.MaxValue]), axis), _graph.Slice(x, _graph.Constant([0L]), cut, axis));
        }

        return x;
    }

    private OnnxValue MakeMask()
    {
        OnnxValue side = _graph.Constant([_window]);
        OnnxValue rows = _graph.Mul(Bands(0), _graph.Constant([3L])), columns = Bands(1);
        OnnxValue regions = _graph.Add(_graph.Reshape(rows, -1, 1), columns);
        regions = _graph.Transpose(_graph.Reshape(regions, _graph.Concat(0, _down, side, _across, side)), 0, 2, 1, 3);
        OnnxValue same = _graph.Add("Equal", [_graph.Reshape(regions, -1, 1, 1, _window * _window), _graph.Reshape(regions, -1, 1, _window * _window, 1)]);
        return _graph.Add("Where", [same, _graph.Scalar(0), _graph.Scalar((float)WindowAttention.Apart)]);
    }

    /// <summary>The band 0, 1 or 2 of each row (axis 0) or column (axis 1), as in <see cref="WindowAttention.Regions"/>.</summary>
    private OnnxValue Bands(long axis)
    {
        OnnxValue size = _graph.Squeeze(_graph.Slice(_padded, _graph.Constant([axis]), _graph.Constant([axis + 1]), axis: 0), 0);
        OnnxValue positions = _graph.Add("Range", [_graph.Squeeze(_graph.Constant([0L]), 0), size, _graph.Squeeze(_graph.Constant([1L]), 0)]);
        OnnxValue Beyond(long distance) =>
            _graph.Cast(_graph.Add("GreaterOrEqual", [positions, _graph.Sub(size, _graph.Constant([distance]))]), OnnxType.Int64);
        return _graph.Add(Beyond(_window), Beyond(_shift));
    }
}
