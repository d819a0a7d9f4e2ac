using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// 1×1 convolutions at full speed, and safely, on the CPU. Over channels last a 1×1 convolution is one product of two matrices, and here it is computed as one:
/// libtorch on one thread takes twice as long, and oneDNN ends the process for some shapes: it divides by zero on some AMD processors (pytorch/pytorch issue 177227), and for the gradient of
/// the weights it writes beyond its memory where a convolution of few channels has steps (uxlfoundation/oneDNN issue 6035).
/// </summary>
internal static class PointwiseConvolution
{
    /// <summary>What <c>convolution.Compute(input)</c> gives, for any convolution.</summary>
    /// <param name="convolution">The convolution; one that is not 1×1 goes the ordinary way.</param>
    /// <param name="input"><c>[B, C, H, W]</c> in any memory layout.</param>
    /// <returns><c>[B, output, H, W]</c>, divided by the convolution's steps.</returns>
    public static Tensor CallPointwise(this Conv2d convolution, Tensor input)
    {
        bool isPointwise = convolution.kernel_size.All(size => size == 1) && convolution.padding!.All(size => size == 0) && convolution.groups == 1;
        return !isPointwise || BFloat16Layers.Active || input.device_type != DeviceType.CPU
            ? convolution.Compute(input)
            : Product(input, convolution.weight!, convolution.bias, convolution.stride[0], convolution.stride[1]);
    }

    /// <summary>What <c>functional.conv2d(input, weight, bias)</c> gives for a 1×1 convolution.</summary>
    /// <param name="input"><c>[B, C, H, W]</c> in any memory layout.</param>
    /// <param name="weight"><c>[output, C, 1, 1]</c>.</param>
    /// <param name="bias"><c>[output]</c>, or null.</param>
    public static Tensor Compute(Tensor input, Tensor weight, Tensor? bias = null) =>
        input.device_type == DeviceType.CPU ? Product(input, weight, bias, 1, 1) : nn.functional.conv2d(input, weight, bias);

    private static Tensor Product(Tensor input, Tensor weight, Tensor? bias, long rowStep, long columnStep)
    {
        Tensor pixels = input.permute(0, 2, 3, 1);
        if (rowStep > 1 || columnStep > 1)
        {
            pixels = pixels.slice(1, 0, pixels.shape[1], rowStep).slice(2, 0, pixels.shape[2], columnStep);
        }

        (long batch, long height, long width, long channels) = (pixels.shape[0], pixels.shape[1], pixels.shape[2], pixels.shape[3]);
        return nn.functional.linear(pixels.reshape(-1, channels), weight.reshape(-1, channels), bias).view(batch, height, width, -1).permute(0, 3, 1, 2);
    }
}
