using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>What follows a normalisation.</summary>
internal enum Activation
{
    None,
    Relu,

    /// <summary>ReLU that also cuts at 6.</summary>
    Relu6,
}

/// <summary>
/// Convolution without bias, batch normalisation and an activation, under the state names <c>0</c> and <c>1</c> of a PyTorch <c>Sequential</c>:
/// <c>[B, input, H, W]</c> to <c>[B, output, ceil(H/stride), ceil(W/stride)]</c>.
/// </summary>
internal sealed class ConvolutionUnit : Layer
{
    /// <param name="inputChannels">Channels in.</param>
    /// <param name="outputChannels">Channels out.</param>
    /// <param name="kernel">Side of the kernel, odd.</param>
    /// <param name="stride">Step.</param>
    /// <param name="groups">Groups of channels that see only each other.</param>
    /// <param name="activation">What follows.</param>
    /// <param name="samePadding">TensorFlow's padding: where an even size is halved, nothing above and left and one row and column below and right. False: equal on all sides.</param>
    public ConvolutionUnit(int inputChannels, int outputChannels, int kernel, int stride = 1, int groups = 1, Activation activation = Activation.None, bool samePadding = false)
        : base(nameof(ConvolutionUnit))
    {
        SamePadding = samePadding;
        Convolution = Conv2d(inputChannels, outputChannels, kernel, stride: stride, padding: samePadding ? 0 : kernel / 2, groups: groups, bias: false);
        Norm = BatchNorm2d(outputChannels);
        Activation = activation;
        register_module("0", Convolution);
        register_module("1", Norm);
    }

    public Conv2d Convolution { get; }

    public BatchNorm2d Norm { get; }

    public Activation Activation { get; }

    /// <summary>Whether zeros are added by TensorFlow's rule, which depends on the size.</summary>
    public bool SamePadding { get; }

    public override Tensor forward(Tensor input)
    {
        Tensor x = Norm.Normalize(Convolution.CallPointwise(SamePadding ? Pad(input) : input));
        return Activation switch
        {
            Activation.Relu => x.relu_(),
            Activation.Relu6 => x.relu6_(),
            _ => x,
        };
    }

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue x)
    {
        x = graph.Conv(x, Convolution, Norm, SamePadding);
        return Activation switch
        {
            Activation.Relu => graph.Relu(x),
            Activation.Relu6 => graph.Clip(x, 0, 6),
            _ => x,
        };
    }

    private Tensor Pad(Tensor x)
    {
        (long above, long below) = Missing(x.shape[2]);
        (long left, long right) = Missing(x.shape[3]);
        return functional.pad(x, [left, right, above, below], PaddingModes.Constant, 0);
    }

    private (long Before, long After) Missing(long size)
    {
        long stride = Convolution.stride[0], outputs = (size + stride - 1) / stride;
        long all = Math.Max(0, ((outputs - 1) * stride) + Convolution.kernel_size[0] - size);
        return (all / 2, all - (all / 2));
    }
}
