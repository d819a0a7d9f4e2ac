using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>Convolution without bias, batch normalisation, ReLU: <c>[B, input, H, W]</c> to <c>[B, output, H, W]</c>.</summary>
internal sealed class ConvolutionBlock : Module<Tensor, Tensor>
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

    /// <summary>The same in ONNX, the normalisation folded into the convolution.</summary>
    public OnnxValue ToOnnx(OnnxGraph graph, OnnxValue x) => graph.Relu(graph.Conv(x, Convolution, Norm));

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
