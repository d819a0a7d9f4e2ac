using System.Collections.Concurrent;
using TorchSharp;

namespace GSS.Torch;

/// <summary>
/// Numbers for tensor arithmetic, kept for the life of the process. A <see cref="Scalar"/> that TorchSharp makes on the fly (<c>x * 0.5</c>)
/// has a finaliser and nobody who holds it during the native call: a garbage collection at that moment frees it under the call, which then
/// reads rubbish or throws. In code that runs a million times, this happens.
/// </summary>
internal static class Constant
{
    private static readonly ConcurrentDictionary<double, Scalar> Known = new();

    /// <summary>The scalar of a value. Only for constants of the code: each value is kept for ever.</summary>
    public static Scalar Of(double value) => Known.GetOrAdd(value, static v => v.ToScalar());
}

/// <summary>Sums whose <c>alpha</c> is held: TorchSharp's <c>a + b</c> makes a scalar 1 on the fly for every call (see <see cref="Constant"/>).</summary>
internal static class TensorSums
{
    /// <summary>a + b.</summary>
    public static torch.Tensor Plus(this torch.Tensor a, torch.Tensor b) => a.add(b, Constant.Of(1));

    /// <summary>a + constant.</summary>
    public static torch.Tensor Plus(this torch.Tensor a, double constant) => a.add(Constant.Of(constant), Constant.Of(1));
}
