using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Image encoders as ONNX operators, for any batch, height and width. Each network has its own file beside this one.</summary>
internal static class EncoderExport
{
    /// <summary>The four levels of a normalised image <c>[B, 3, H, W]</c>.</summary>
    /// <exception cref="NotSupportedException">The encoder has no ONNX form.</exception>
    public static OnnxValue[] EncoderLevels(this OnnxGraph graph, EncoderNetwork network, OnnxValue image) => network switch
    {
        ResNet resNet => ResNetExport.Levels(graph, resNet, image),
        SwinTransformer swin => SwinExport.Levels(graph, swin, image),
        HrNet hrNet => HrNetExport.Levels(graph, hrNet, image),
        MobileNetV2 mobileNet => MobileNetV2Export.Levels(graph, mobileNet, image),
        _ => throw new NotSupportedException($"The encoder '{network.GetName()}' cannot be written as ONNX: choose one of {nameof(ImageEncoders)}."),
    };

    /// <summary>An encoder on its own: <c>image</c> float <c>[B, 3, H, W]</c>, normalised, to <c>level0</c> to <c>level3</c>.</summary>
    /// <exception cref="NotSupportedException">The encoder has no ONNX form.</exception>
    public static byte[] ToBytes(EncoderNetwork network)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var graph = new OnnxGraph("encoder");
        OnnxValue[] levels = graph.EncoderLevels(network, graph.Input("image", OnnxType.Float, "batch", 3, "height", "width"));
        for (int i = 0; i < levels.Length; i++)
        {
            graph.Output(levels[i], $"level{i}", OnnxType.Float, "batch", network.Channels[i], $"rows{i}", $"columns{i}");
        }

        return graph.ToBytes();
    }

    /// <summary>A convolution with its normalisation folded in, and its activation.</summary>
    public static OnnxValue Unit(this OnnxGraph graph, OnnxValue x, ConvolutionUnit unit)
    {
        x = graph.Conv(x, unit.Convolution, unit.Norm, unit.SamePadding);
        return unit.Activation switch
        {
            Activation.Relu => graph.Relu(x),
            Activation.Relu6 => graph.Clip(x, 0, 6),
            _ => x,
        };
    }

    /// <summary>A block of a ResNet or of an HRNet.</summary>
    public static OnnxValue Residual(this OnnxGraph graph, OnnxValue input, ResidualBlock block)
    {
        OnnxValue x = input;
        for (int i = 0; i < block.Convolutions.Length; i++)
        {
            x = graph.Conv(x, block.Convolutions[i], block.Norms[i]);
            if (i < block.Convolutions.Length - 1)
            {
                x = graph.Relu(x);
            }
        }

        OnnxValue shortcut = block.ShortcutLayers is { } layers ? graph.Conv(input, layers.Convolution, layers.Norm) : input;
        return graph.Relu(graph.Add(x, shortcut));
    }
}
