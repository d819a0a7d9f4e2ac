using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// Multi-head attention inside square windows of a token map <c>[B, H, W, C]</c>, with a learned bias for each relative position
/// (Liu et al., ICCV 2021; reference: <c>ShiftWindowMSA</c>). The map is padded with zeros below and to the right to whole windows; the padding takes part
/// in the attention, as in the reference. With a shift the map is rolled up and left first, and tokens that only the roll brought together are kept apart by -100.
/// </summary>
internal sealed class WindowAttention : Module<Tensor, Tensor>, IFirstWeights
{
    /// <summary>What is added to the attention between tokens that are not neighbours in truth.</summary>
    public const double Apart = -100;

    private const string TableName = "relative_position_bias_table", IndexName = "relative_position_index";

    public WindowAttention(int channels, int heads, int window, int shift)
        : base(nameof(WindowAttention))
    {
        if (channels % heads != 0)
        {
            throw new ArgumentException($"Window attention over {channels} channels cannot have {heads} heads: choose a number that divides the channels.", nameof(heads));
        }

        (Heads, Window, Shift) = (heads, window, shift);
        Scale = 1 / Math.Sqrt(channels / heads);
        QueryKeyValue = Linear(channels, 3 * channels);
        Projection = Linear(channels, channels);
        int offsets = (2 * window) - 1;
        register_parameter(TableName, Parameter(zeros(offsets * offsets, heads)));
        register_buffer(IndexName, tensor(RelativePositions(window), [window * window, window * window]));
        register_module("qkv", QueryKeyValue);
        register_module("proj", Projection);
        using IDisposable noGradient = no_grad();
        BiasTable.normal_(0, 0.02);
    }

    public int Heads { get; }

    /// <summary>Side of a window in tokens.</summary>
    public int Window { get; }

    /// <summary>How far the windows are shifted down and right; 0 or half a window.</summary>
    public int Shift { get; }

    /// <summary>The factor on the queries, one by the root of a head's width.</summary>
    public double Scale { get; }

    /// <summary>One layer for queries, keys and values, in this order.</summary>
    public Linear QueryKeyValue { get; }

    public Linear Projection { get; }

    /// <summary>A row for each relative position, a column for each head: <c>[(2w-1)², heads]</c>.</summary>
    public Tensor BiasTable => get_parameter(TableName)!;

    /// <summary>The bias between any two tokens of a window, <c>[heads, w², w²]</c>.</summary>
    public Tensor Bias()
    {
        long tokens = Window * Window;
        return BiasTable.index_select(0, get_buffer(IndexName)!.flatten()).view(tokens, tokens, Heads).permute(2, 0, 1);
    }

    public override Tensor forward(Tensor input)
    {
        (long batch, long height, long width, long channels) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3]);
        (long down, long across) = ((height + Window - 1) / Window, (width + Window - 1) / Window);
        long tokens = Window * Window;
        Tensor x = input;
        if (down * Window != height || across * Window != width)
        {
            x = functional.pad(x, [0, 0, 0, (across * Window) - width, 0, (down * Window) - height], PaddingModes.Constant, 0);
        }

        if (Shift > 0)
        {
            x = x.roll([-Shift, -Shift], [1, 2]);
        }

        Tensor windows = x.reshape(batch, down, Window, across, Window, channels).permute(0, 1, 3, 2, 4, 5).reshape(-1, tokens, channels);
        Tensor qkv = QueryKeyValue.Compute(windows).view(-1, tokens, 3, Heads, channels / Heads).permute(2, 0, 3, 1, 4);
        Tensor attention = matmul(qkv[0].mul(Constant.Of(Scale)), qkv[1].transpose(-2, -1)).add_(Bias(), Constant.Of(1));
        if (Shift > 0)
        {
            Tensor mask = Mask(down, across, input.device).unsqueeze(1);
            attention = attention.view(batch, down * across, Heads, tokens, tokens).add_(mask, Constant.Of(1)).view(-1, Heads, tokens, tokens);
        }

        windows = Projection.Compute(matmul(attention.softmax(-1), qkv[2]).transpose(1, 2).reshape(-1, tokens, channels));
        x = windows.view(batch, down, across, Window, Window, channels).permute(0, 1, 3, 2, 4, 5).reshape(batch, down * Window, across * Window, channels);
        if (Shift > 0)
        {
            x = x.roll([Shift, Shift], [1, 2]);
        }

        return x.narrow(1, 0, height).narrow(2, 0, width);
    }

    public void DrawFirstWeights(Generator generator) => BiasTable.normal_(0, 0.02, generator);

    /// <summary>The same in ONNX.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">Tokens <c>[B, H, W, C]</c>.</param>
    /// <param name="windows">How the map falls into windows, of the same size and shift as these.</param>
    public OnnxValue ToOnnx(OnnxGraph graph, OnnxValue x, OnnxWindows windows)
    {
        using DisposeScope scope = NewDisposeScope();
        long channels = Projection.weight!.shape[0], heads = Heads, tokens = Window * Window;
        OnnxValue inside = graph.Reshape(windows.Split(x, channels), -1, tokens, channels);
        Tensor[] weights = QueryKeyValue.weight!.chunk(3), biases = QueryKeyValue.bias!.chunk(3);
        OnnxValue ByHead(Tensor weight, Tensor bias, params long[] order) =>
            graph.Transpose(graph.Reshape(graph.Linear(inside, weight, bias), -1, tokens, heads, channels / heads), order);

        // The factor on the queries goes into their weights.
        OnnxValue queries = ByHead(weights[0] * Constant.Of(Scale), biases[0] * Constant.Of(Scale), 0, 2, 1, 3);
        OnnxValue keys = ByHead(weights[1], biases[1], 0, 2, 3, 1);
        OnnxValue values = ByHead(weights[2], biases[2], 0, 2, 1, 3);
        OnnxValue scores = graph.Add(graph.MatMul(queries, keys), graph.Constant(Bias()));
        if (windows.Mask is { } mask)
        {
            OnnxValue perImage = graph.Reshape(scores, graph.Concat(0, windows.Images, windows.Count, graph.Constant(heads, tokens, tokens)));
            scores = graph.Reshape(graph.Add(perImage, mask), -1, heads, tokens, tokens);
        }

        OnnxValue mixed = graph.Transpose(graph.MatMul(graph.Softmax(scores, -1), values), 0, 2, 1, 3);
        return windows.Join(graph.Linear(graph.Reshape(mixed, -1, tokens, channels), Projection), channels);
    }

    /// <summary>0 between tokens of one region and -100 between others, <c>[windows, w², w²]</c>.</summary>
    private Tensor Mask(long down, long across, Device device)
    {
        long tokens = Window * Window;
        Tensor regions = tensor(Regions((int)down * Window, (int)across * Window, Window, Shift), [down, Window, across, Window], device: device);
        regions = regions.permute(0, 2, 1, 3).reshape(-1, tokens);
        return regions.unsqueeze(1).ne(regions.unsqueeze(2)).to(ScalarType.Float32).mul(Constant.Of(Apart));
    }

    /// <summary>For every pair of tokens of a window the row of the bias table: (Δy + w - 1)(2w - 1) + Δx + w - 1, in row order, <c>w²·w²</c>.</summary>
    public static long[] RelativePositions(int window)
    {
        int tokens = window * window;
        long[] index = new long[tokens * tokens];
        for (int i = 0; i < index.Length; i++)
        {
            (int from, int to) = (i / tokens, i % tokens);
            int rows = (from / window) - (to / window) + window - 1, columns = (from % window) - (to % window) + window - 1;
            index[i] = (rows * ((2 * window) - 1)) + columns;
        }

        return index;
    }

    /// <summary>
    /// The region of each token of a rolled map of whole windows, in row order: three bands of rows (all windows but the last; the last one's own tokens;
    /// those that the roll brought there) times three bands of columns, numbered 0 to 8.
    /// </summary>
    public static long[] Regions(int height, int width, int window, int shift)
    {
        long[] regions = new long[height * width];
        for (int i = 0; i < regions.Length; i++)
        {
            regions[i] = (3 * Band(i / width, height)) + Band(i % width, width);
        }

        return regions;

        int Band(int position, int size) => position < size - window ? 0 : position < size - shift ? 1 : 2;
    }

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
