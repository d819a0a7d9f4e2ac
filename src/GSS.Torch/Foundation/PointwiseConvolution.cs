using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>1×1 convolutions at full speed, and safely, on the CPU.</summary>
internal static class PointwiseConvolution
{
    /// <summary>
    /// What <c>convolution.Compute(input)</c> gives, for any convolution. A 1×1 convolution over channels last is one product of two matrices, and on the CPU it is computed as one:
    /// libtorch on one thread takes twice as long, and oneDNN's choice of blocks for such convolutions divides by zero, which ends the process, for some shapes on machines
    /// that tell nothing of their caches, as virtual ones do (oneDNN 3.7.1, <c>brg_blocking_t::est_eff_1x1</c>).
    /// </summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="input"><c>[B, C, H, W]</c>; other memory layouts than channels last go the ordinary way.</param>
    /// <returns><c>[B, output, H, W]</c>, divided by the convolution's steps.</returns>
    public static Tensor CallPointwise(this Conv2d convolution, Tensor input)
    {
        bool isPointwise = convolution.kernel_size[0] == 1 && convolution.stride[0] == 1 && convolution.groups == 1;
        if (!isPointwise || BFloat16Layers.Active || input.device_type != DeviceType.CPU)
        {
            return convolution.Compute(input);
        }

        Tensor rows = input.permute(0, 2, 3, 1);
        if (!rows.is_contiguous())
        {
            return convolution.Compute(input);
        }

        (long outputs, long channels) = (convolution.weight!.shape[0], convolution.weight.shape[1]);
        Tensor found = nn.functional.linear(rows.reshape(-1, channels), convolution.weight.reshape(outputs, channels), convolution.bias);
        return found.view(input.shape[0], input.shape[2], input.shape[3], outputs).permute(0, 3, 1, 2);
    }
}
