using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>1×1 convolutions at full speed on one thread.</summary>
internal static class PointwiseConvolution
{
    /// <summary>From so many images on, libtorch gives a 1×1 convolution to oneDNN on one thread too.</summary>
    private const long EnoughImages = 16;

    /// <summary>
    /// What <c>convolution.Compute(input)</c> gives, for any convolution. On one thread libtorch leaves a 1×1 convolution of less than 16 images to a routine that takes twice as long.
    /// A 1×1 convolution without steps does not care where a pixel lies: bands of the image, seen as images of their own, are the same work.
    /// </summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="input"><c>[B, C, H, W]</c>; other memory layouts than channels last go the ordinary way.</param>
    /// <returns><c>[B, output, H, W]</c>, divided by the convolution's steps.</returns>
    public static Tensor CallPointwise(this Conv2d convolution, Tensor input)
    {
        long batch = input.shape[0], channels = input.shape[1], height = input.shape[2], width = input.shape[3];
        bool isPointwise = convolution.kernel_size[0] == 1 && convolution.stride[0] == 1;
        if (!isPointwise || batch >= EnoughImages || BFloat16Layers.Active || get_num_threads() > 1 || input.device_type != DeviceType.CPU)
        {
            return convolution.Compute(input);
        }

        long bands = 1;
        while (bands < height && (batch * bands < EnoughImages || height % bands != 0))
        {
            bands++;
        }

        Tensor rows = input.permute(0, 2, 3, 1);
        if (height % bands != 0 || !rows.is_contiguous())
        {
            return convolution.call(input);
        }

        Tensor found = convolution.call(rows.view(batch * bands, height / bands, width, channels).permute(0, 3, 1, 2)).permute(0, 2, 3, 1);
        return found.contiguous().view(batch, height, width, -1).permute(0, 3, 1, 2);
    }
}
