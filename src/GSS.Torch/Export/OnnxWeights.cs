using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Puts TorchSharp's layers into an <see cref="OnnxGraph"/>: copies their weights and, where a normalisation follows, folds it in.</summary>
internal static class OnnxWeights
{
    /// <summary>Any tensor as a constant of the graph.</summary>
    public static OnnxValue Constant(this OnnxGraph graph, Tensor value) => graph.Constant(Numbers(value), value.shape);

    /// <summary>A convolution with a square kernel, with its bias where it has one.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">Image <c>[B, C, H, W]</c>.</param>
    /// <param name="layer">Equal stride and padding in both directions.</param>
    public static OnnxValue Conv(this OnnxGraph graph, OnnxValue x, Conv2d layer) =>
        Conv(graph, x, layer, layer.weight, layer.bias);

    /// <summary>
    /// A convolution whose batch normalisation is folded into its weights, as it is at scoring, where mean and variance stand still:
    /// weight · γ / √(variance + ε) and β + (bias - mean) · γ / √(variance + ε), computed in double precision.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">Image <c>[B, C, H, W]</c>.</param>
    /// <param name="layer">Equal stride and padding in both directions.</param>
    /// <param name="norm">The normalisation that follows.</param>
    /// <param name="same">Whether TensorFlow's padding takes the place of the layer's own.</param>
    public static OnnxValue Conv(this OnnxGraph graph, OnnxValue x, Conv2d layer, BatchNorm2d norm, bool same = false)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor variance = norm.running_var!.to(float64);
        Tensor factor = norm.weight!.to(float64) / variance.Plus(tensor(norm.eps, dtype: float64)).sqrt();
        Tensor weight = layer.weight!.to(float64) * factor.reshape(-1, 1, 1, 1);
        Tensor mean = norm.running_mean!.to(float64);
        Tensor bias = norm.bias!.to(float64).Plus(((layer.bias?.to(float64) ?? zeros_like(mean)) - mean) * factor);
        return Conv(graph, x, layer, weight, bias, same);
    }

    /// <summary>A linear layer on the last dimension: <c>[…, in]</c> to <c>[…, out]</c>.</summary>
    public static OnnxValue Linear(this OnnxGraph graph, OnnxValue x, Linear layer) => Linear(graph, x, layer.weight!, layer.bias);

    /// <summary>A linear layer on the last dimension, from its weight <c>[out, in]</c> and, where it has one, its bias <c>[out]</c>.</summary>
    public static OnnxValue Linear(this OnnxGraph graph, OnnxValue x, Tensor weight, Tensor? bias)
    {
        using DisposeScope scope = NewDisposeScope();
        OnnxValue product = graph.MatMul(x, graph.Constant(weight.t()));
        return bias is null ? product : graph.Add(product, graph.Constant(bias));
    }

    /// <summary>Normalisation over the last dimension.</summary>
    public static OnnxValue LayerNorm(this OnnxGraph graph, OnnxValue x, LayerNorm norm) =>
        graph.Add("LayerNormalization", [x, graph.Constant(norm.weight!), graph.Constant(norm.bias!)], ("axis", -1L), ("epsilon", (float)norm.eps));

    /// <summary>The tensor's numbers in row order, as floats on the CPU.</summary>
    public static float[] Numbers(Tensor value)
    {
        using DisposeScope scope = NewDisposeScope();
        return value.detach().to(float32).cpu().contiguous().data<float>().ToArray();
    }

    private static OnnxValue Conv(OnnxGraph graph, OnnxValue x, Conv2d layer, Tensor weight, Tensor? bias, bool same = false) =>
        graph.Conv(x, graph.Constant(weight), bias is null ? OnnxValue.None : graph.Constant(bias),
            layer.kernel_size[0], layer.stride[0], layer.padding?[0] ?? 0, layer.dilation[0], layer.groups, same);
}
