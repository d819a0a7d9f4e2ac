using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>The basic block (two 3×3 convolutions) or the bottleneck (1×1, 3×3, 1×1 with four times the width), each with batch normalisation, around a shortcut.</summary>
internal sealed class ResidualBlock : Layer, IFirstWeights
{
    public ResidualBlock(int inputChannels, int width, int stride, bool bottleneck, int dilation = 1)
        : base(nameof(ResidualBlock))
    {
        OutputChannels = bottleneck ? 4 * width : width;
        (int Input, int Output, int Kernel, int Stride, int Dilation)[] shapes = bottleneck
            ? [(inputChannels, width, 1, 1, 1), (width, width, 3, stride, dilation), (width, OutputChannels, 1, 1, 1)]
            : [(inputChannels, width, 3, stride, dilation), (width, width, 3, 1, 1)];
        Convolutions = [.. shapes.Select(s => Conv2d(s.Input, s.Output, s.Kernel, stride: s.Stride, padding: s.Kernel / 2 * s.Dilation, dilation: s.Dilation, bias: false))];
        Norms = [.. shapes.Select(s => BatchNorm2d(s.Output))];
        for (int i = 0; i < Convolutions.Length; i++)
        {
            register_module($"conv{i + 1}", Convolutions[i]);
            register_module($"bn{i + 1}", Norms[i]);
        }

        if (stride != 1 || inputChannels != OutputChannels)
        {
            ShortcutLayers = (Conv2d(inputChannels, OutputChannels, 1, stride: stride, bias: false), BatchNorm2d(OutputChannels));
            Shortcut = Sequential(("0", ShortcutLayers.Value.Convolution), ("1", ShortcutLayers.Value.Norm));
            register_module("downsample", Shortcut);
        }
    }

    public int OutputChannels { get; }

    /// <summary>The convolutions along the residual path, two or three.</summary>
    public Conv2d[] Convolutions { get; }

    /// <summary>One normalisation after each convolution; ReLU follows all but the last, which is added to the shortcut first.</summary>
    public BatchNorm2d[] Norms { get; }

    /// <summary>The shortcut's 1×1 convolution and normalisation; null where it is the identity.</summary>
    public Sequential? Shortcut { get; }

    /// <summary>The two layers of <see cref="Shortcut"/>, under their own types.</summary>
    public (Conv2d Convolution, BatchNorm2d Norm)? ShortcutLayers { get; }

    /// <summary>The blocks of one stage. Only the first has the stride; where the stage is dilated, only half the dilation (the reference's contracted dilation).</summary>
    public static IEnumerable<ResidualBlock> Chain(int inputChannels, int width, int count, bool bottleneck, int stride = 1, int dilation = 1)
    {
        for (int i = 0; i < count; i++)
        {
            var block = new ResidualBlock(inputChannels, width, i == 0 ? stride : 1, bottleneck, i == 0 && dilation > 1 ? dilation / 2 : dilation);
            inputChannels = block.OutputChannels;
            yield return block;
        }
    }

    public override Tensor forward(Tensor input)
    {
        Tensor x = input;
        for (int i = 0; i < Convolutions.Length; i++)
        {
            x = Norms[i].Normalize(Convolutions[i].CallPointwise(x));
            if (i < Convolutions.Length - 1)
            {
                x = x.relu_();
            }
        }

        Tensor shortcut = ShortcutLayers is var (convolution, norm) ? norm.Normalize(convolution.CallPointwise(input)) : input;
        return x.add_(shortcut, Constant.Of(1)).relu_();
    }

    /// <summary>A block begins as the identity, which trains more evenly from scratch.</summary>
    public void DrawFirstWeights(Generator generator) => Norms[^1].weight.zero_();

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue input)
    {
        OnnxValue x = input;
        for (int i = 0; i < Convolutions.Length; i++)
        {
            x = graph.Conv(x, Convolutions[i], Norms[i]);
            if (i < Convolutions.Length - 1)
            {
                x = graph.Relu(x);
            }
        }

        OnnxValue shortcut = ShortcutLayers is var (convolution, norm) ? graph.Conv(input, convolution, norm) : input;
        return graph.Relu(graph.Add(x, shortcut));
    }
}
