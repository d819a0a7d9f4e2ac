using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>Convolution without bias, batch normalisation, ReLU: <c>[B, input, H, W]</c> to <c>[B, output, H, W]</c>.</summary>
internal sealed class ConvolutionBlock : Layer
{
    public ConvolutionBlock(int inputChannels, int outputChannels, int kernel)
        : base(nameof(ConvolutionBlock))
    {
        Convolution = Conv2d(inputChannels, outputChannels, kernel, padding: kernel / 2, bias: false);
        Norm = BatchNorm2d(outputChannels);
        register_module("conv", Convolution);
        register_module("bn", Norm);
    }

    public Conv2d Convolution { get; }

    public BatchNorm2d Norm { get; }

    public override Tensor forward(Tensor input) => Norm.Normalize(Convolution.CallPointwise(input)).relu_();

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue x) => graph.Relu(graph.Conv(x, Convolution, Norm));
}
