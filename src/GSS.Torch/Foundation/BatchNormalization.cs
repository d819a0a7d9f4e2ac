using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// What TorchSharp's own <c>BatchNorm2d.forward</c> does, but for its counter of batches: in training it adds a scalar made on the fly to that counter,
/// which crashes when a garbage collection comes at that moment (see <see cref="Constant"/>). Nothing reads the counter as long as the momentum is fixed.
/// </summary>
internal static class BatchNormalization
{
    private const double Momentum = 0.1, Epsilon = 1e-5;

    /// <summary>Normalises <c>[B, C, H, W]</c> by the batch in training, where it also moves the running statistics, and by these in evaluation.</summary>
    public static Tensor Normalize(this BatchNorm2d norm, Tensor x) =>
        functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, norm.training, Momentum, Epsilon);
}
