namespace GSS.Core;

/// <summary>The operators that the networks of this library are made of, with PyTorch's meaning of their arguments. Images are <c>[B, C, H, W]</c>.</summary>
internal sealed partial class OnnxGraph
{
    /// <summary>A convolution with a square kernel, equal padding on all sides and an optional bias.</summary>
    /// <param name="x">Image <c>[B, C, H, W]</c>.</param>
    /// <param name="weight">Kernel <c>[out, in / groups, k, k]</c>.</param>
    /// <param name="bias">Bias <c>[out]</c>, or <see cref="OnnxValue.None"/>.</param>
    /// <param name="kernel">k.</param>
    /// <param name="stride">Step.</param>
    /// <param name="padding">Zeros added on each side.</param>
    /// <param name="dilation">Distance of the kernel's taps.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="same">TensorFlow's padding by the size, in place of <paramref name="padding"/>.</param>
    public OnnxValue Conv(OnnxValue x, OnnxValue weight, OnnxValue bias, long kernel, long stride = 1, long padding = 0, long dilation = 1, long groups = 1, bool same = false) =>
        Add("Conv", bias == OnnxValue.None ? [x, weight] : [x, weight, bias],
            ("kernel_shape", Both(kernel)), ("strides", Both(stride)), same ? ("auto_pad", "SAME_UPPER") : ("pads", Sides(padding)), ("dilations", Both(dilation)), ("group", groups));

    /// <summary>The largest value in a square window.</summary>
    public OnnxValue MaxPool(OnnxValue x, long kernel, long stride, long padding) =>
        Add("MaxPool", [x], ("kernel_shape", Both(kernel)), ("strides", Both(stride)), ("pads", Sides(padding)));

    /// <summary>The mean of each square of pixels.</summary>
    public OnnxValue AveragePool(OnnxValue x, long side) =>
        Add("AveragePool", [x], ("kernel_shape", Both(side)), ("strides", Both(side)));

    public OnnxValue Relu(OnnxValue x) => Add("Relu", [x]);

    public OnnxValue Sigmoid(OnnxValue x) => Add("Sigmoid", [x]);

    /// <summary>x · sigmoid(x), which ONNX Runtime fuses into one operator.</summary>
    public OnnxValue SiLU(OnnxValue x) => Mul(x, Sigmoid(x));

    /// <summary>GELU by the error function, which ONNX Runtime fuses into one operator: x/2 · (1 + erf(x/√2)).</summary>
    public OnnxValue Gelu(OnnxValue x) =>
        Mul(Mul(x, Add(Add("Erf", [Div(x, Scalar(MathF.Sqrt(2)))]), Scalar(1))), Scalar(0.5f));

    public OnnxValue Tanh(OnnxValue x) => Add("Tanh", [x]);

    public OnnxValue Round(OnnxValue x) => Add("Round", [x]);

    public OnnxValue Add(OnnxValue left, OnnxValue right) => Add("Add", [left, right]);

    public OnnxValue Sub(OnnxValue left, OnnxValue right) => Add("Sub", [left, right]);

    public OnnxValue Mul(OnnxValue left, OnnxValue right) => Add("Mul", [left, right]);

    public OnnxValue Div(OnnxValue left, OnnxValue right) => Add("Div", [left, right]);

    public OnnxValue MatMul(OnnxValue left, OnnxValue right) => Add("MatMul", [left, right]);

    public OnnxValue Clip(OnnxValue x, float low, float high) => Add("Clip", [x, Scalar(low), Scalar(high)]);

    public OnnxValue Softmax(OnnxValue x, long axis) => Add("Softmax", [x], ("axis", axis));

    public OnnxValue Cast(OnnxValue x, OnnxType type) => Add("Cast", [x], ("to", (long)type));

    public OnnxValue Concat(long axis, params ReadOnlySpan<OnnxValue> values) => Add("Concat", values, ("axis", axis));

    public OnnxValue Transpose(OnnxValue x, params long[] order) => Add("Transpose", [x], ("perm", order));

    /// <summary>Takes entries of <paramref name="table"/> along its first dimension: tokens <c>[B, h, w]</c> of a codebook <c>[V, C]</c> give <c>[B, h, w, C]</c>.</summary>
    public OnnxValue Gather(OnnxValue table, OnnxValue indices, long axis = 0) => Add("Gather", [table, indices], ("axis", axis));

    /// <summary>Another shape for the same numbers; 0 keeps a dimension, -1 is worked out.</summary>
    public OnnxValue Reshape(OnnxValue x, params ReadOnlySpan<long> shape) => Add("Reshape", [x, Constant(shape)]);

    /// <summary>Another shape, worked out in the graph.</summary>
    public OnnxValue Reshape(OnnxValue x, OnnxValue shape) => Add("Reshape", [x, shape]);

    /// <summary>Removes dimensions of size 1.</summary>
    public OnnxValue Squeeze(OnnxValue x, params ReadOnlySpan<long> axes) => Add("Squeeze", [x, Constant(axes)]);

    /// <summary>The sizes of the dimensions <paramref name="start"/> up to, but without, <paramref name="end"/>.</summary>
    public OnnxValue Shape(OnnxValue x, long start, long end) => Add("Shape", [x], ("start", start), ("end", end));

    /// <summary>A part of <paramref name="x"/> along one axis, from <paramref name="start"/> up to, but without, <paramref name="end"/>.</summary>
    public OnnxValue Slice(OnnxValue x, OnnxValue start, OnnxValue end, long axis) => Add("Slice", [x, start, end, Constant([axis])]);

    /// <summary>The index of the largest value along an axis, the lowest index where several are equal; the axis disappears.</summary>
    public OnnxValue ArgMax(OnnxValue x, long axis) => Add("ArgMax", [x], ("axis", axis), ("keepdims", 0L), ("select_last_index", 0L));

    public OnnxValue ReduceSum(OnnxValue x, long axis, bool keepDimension) =>
        Add("ReduceSum", [x, Constant([axis])], ("keepdims", keepDimension ? 1L : 0L));

    /// <summary>Resizes to the height and width of <paramref name="like"/>, by PyTorch's bilinear rule with <c>align_corners=false</c>.</summary>
    public OnnxValue ResizeBilinearLike(OnnxValue x, OnnxValue like) => ResizeBilinear(x, Shape(like, 2, 4));

    /// <summary>Resizes to the height and width in <paramref name="size"/> (<c>[2]</c>), by PyTorch's bilinear rule with <c>align_corners=false</c>.</summary>
    public OnnxValue ResizeBilinear(OnnxValue x, OnnxValue size) =>
        Add("Resize", [x, OnnxValue.None, OnnxValue.None, Concat(0, Shape(x, 0, 2), size)],
            ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel"));

    /// <summary>Resizes to the height and width in <paramref name="size"/> (<c>[2]</c>) by PyTorch's nearest rule: source = floor(target · source size / target size).</summary>
    public OnnxValue ResizeNearest(OnnxValue x, OnnxValue size) =>
        Add("Resize", [x, OnnxValue.None, OnnxValue.None, Concat(0, Shape(x, 0, 2), size)],
            ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));

    /// <summary>Repeats every pixel <paramref name="factor"/> times in both directions.</summary>
    public OnnxValue UpsampleNearest(OnnxValue x, int factor) =>
        Add("Resize", [x, OnnxValue.None, Constant([1f, 1f, factor, factor], [4])],
            ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));

    /// <summary>PyTorch's <c>pixel_shuffle</c>: <c>[B, C·r², h, w]</c> to <c>[B, C, h·r, w·r]</c>.</summary>
    public OnnxValue DepthToSpace(OnnxValue x, long block) => Add("DepthToSpace", [x], ("blocksize", block), ("mode", "CRD"));

    /// <summary>
    /// PyTorch's <c>pixel_unshuffle</c>: <c>[B, C, h·r, w·r]</c> to <c>[B, C·r², h, w]</c>.
    /// Written as Reshape and Transpose, because ONNX's own SpaceToDepth orders the channels another way.
    /// </summary>
    public OnnxValue PixelUnshuffle(OnnxValue x, long channels, long block)
    {
        OnnxValue height = Div(Shape(x, 2, 3), Constant([block]));
        OnnxValue width = Div(Shape(x, 3, 4), Constant([block]));
        OnnxValue batch = Shape(x, 0, 1);
        OnnxValue cells = Reshape(x, Concat(0, batch, Constant([channels]), height, Constant([block]), width, Constant([block])));
        OnnxValue moved = Transpose(cells, 0, 1, 3, 5, 2, 4);
        return Reshape(moved, Concat(0, batch, Constant([channels * block * block]), height, width));
    }

    /// <summary>Adds rows below and columns to the right until height and width are multiples of <paramref name="multiple"/>: copies of the last ones (<c>edge</c>) or zeros (<c>constant</c>).</summary>
    public OnnxValue PadToMultiple(OnnxValue x, long multiple, string mode = "edge")
    {
        OnnxValue size = Shape(x, 2, 4);
        OnnxValue divisor = Constant([multiple]);
        OnnxValue missing = Add("Mod", [Sub(divisor, Add("Mod", [size, divisor])), divisor]);
        return Add("Pad", [x, Concat(0, Constant([0, 0, 0, 0, 0, 0]), missing)], ("mode", mode));
    }

    private static long[] Both(long value) => [value, value];

    private static long[] Sides(long value) => [value, value, value, value];
}
