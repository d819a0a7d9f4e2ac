using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// What torch calls autocast, which TorchSharp lacks. Inside <see cref="Begin"/> convolutions and linear layers round their input and their weights to bfloat16 (8 significant
/// bits, the range of float), multiply there, and give bfloat16 back. The weights themselves stay 32-bit: the rounding is a part of the graph, so that gradients arrive at them as
/// 32-bit numbers. Normalisations keep 32-bit weights and statistics: that of a batch takes bfloat16 as it is, that of a layer is computed in 32 bits, since CUDA has no mixed one.
/// Everything between the layers goes by the type that it meets. Outside, each layer is called as ever.
/// </summary>
internal static class BFloat16Layers
{
    /// <summary>The relative error of rounding a number to bfloat16 at most: half a step of its 8 significant bits.</summary>
    public const double Rounding = 1.0 / 256;

    [ThreadStatic]
    private static bool s_active;

    /// <summary>Whether the present thread's layers compute in bfloat16.</summary>
    public static bool Active => s_active;

    /// <summary>Lets the layers that the present thread calls compute in bfloat16 until the end of the scope. Backward passes need no scope: they follow the graph.</summary>
    public static IDisposable Begin() => new Scope();

    /// <summary>What <c>convolution.call(input)</c> gives, in bfloat16 where that is asked for.</summary>
    public static Tensor Compute(this Conv2d convolution, Tensor input) => s_active
        ? functional.conv2d(Rounded(input), Rounded(convolution.weight), Rounded(convolution.bias), convolution.stride, convolution.padding, convolution.dilation, convolution.groups)
        : convolution.call(input);

    /// <summary>What <c>linear.call(input)</c> gives, in bfloat16 where that is asked for.</summary>
    public static Tensor Compute(this Linear linear, Tensor input) => s_active
        ? functional.linear(Rounded(input), Rounded(linear.weight), Rounded(linear.bias))
        : linear.call(input);

    /// <summary>What <c>norm.call(input)</c> gives, in 32 bits whatever the input.</summary>
    public static Tensor Compute(this LayerNorm norm, Tensor input) => norm.call(s_active ? input.to(ScalarType.Float32) : input);

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(value))]
    private static Tensor? Rounded(Tensor? value) => value?.to(ScalarType.BFloat16);

    private sealed class Scope : IDisposable
    {
        private readonly bool _before = s_active;

        public Scope() => s_active = true;

        public void Dispose() => s_active = _before;
    }
}
