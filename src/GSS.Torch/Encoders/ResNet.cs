using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// ResNet (He et al., CVPR 2016) without its classifier, in torchvision's layout and with its state names:
/// <c>conv1, bn1, layer1..4.N.{conv1, bn1, conv2, bn2, conv3, bn3, downsample.0, downsample.1}</c>. The stride of a bottleneck is on its 3×3 convolution.
/// </summary>
internal sealed class ResNet : EncoderNetwork
{
    public ResNet(int depth, int stemChannels = 64, int baseChannels = 64)
        : base($"ResNet{depth}")
    {
        (int[] counts, bool bottleneck) = depth switch
        {
            18 => (new[] { 2, 2, 2, 2 }, false),
            50 => (new[] { 3, 4, 6, 3 }, true),
            _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "The depth of a ResNet is 18 or 50."),
        };
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        Stem = Conv2d(3, stemChannels, 7, stride: 2, padding: 3, bias: false);
        StemNorm = BatchNorm2d(stemChannels);
        register_module("conv1", Stem);
        register_module("bn1", StemNorm);

        int input = stemChannels;
        for (int level = 0; level < counts.Length; level++)
        {
            int width = baseChannels << level;
            var blocks = new ResidualBlock[counts[level]];
            for (int i = 0; i < blocks.Length; i++)
            {
                blocks[i] = new ResidualBlock(input, width, i == 0 && level > 0 ? 2 : 1, bottleneck);
                input = blocks[i].OutputChannels;
            }

            Levels[level] = new ModuleList<ResidualBlock>(blocks);
            register_module($"layer{level + 1}", Levels[level]);
        }

        Channels = [.. Levels.Select(level => level[^1].OutputChannels)];
    }

    public Conv2d Stem { get; }

    public BatchNorm2d StemNorm { get; }

    /// <summary>The four stages; their outputs are the four levels.</summary>
    public ModuleList<ResidualBlock>[] Levels { get; } = new ModuleList<ResidualBlock>[4];

    public override IReadOnlyList<int> Channels { get; }

    public override Tensor[] forward(Tensor image)
    {
        Tensor x = functional.max_pool2d(StemNorm.Normalize(Stem.call(image)).relu_(), 3, stride: 2, padding: 1);
        var levels = new Tensor[Levels.Length];
        for (int level = 0; level < levels.Length; level++)
        {
            foreach (ResidualBlock block in Levels[level])
            {
                x = block.call(x);
            }

            levels[level] = x;
        }

        return levels;
    }
}

/// <summary>The basic block (two 3×3 convolutions) or the bottleneck (1×1, 3×3, 1×1 with four times the width), each with batch normalisation, around a shortcut.</summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    public ResidualBlock(int inputChannels, int width, int stride, bool bottleneck)
        : base(nameof(ResidualBlock))
    {
        OutputChannels = bottleneck ? 4 * width : width;
        (int Input, int Output, int Kernel, int Stride)[] shapes = bottleneck
            ? [(inputChannels, width, 1, 1), (width, width, 3, stride), (width, OutputChannels, 1, 1)]
            : [(inputChannels, width, 3, stride), (width, width, 3, 1)];
        Convolutions = [.. shapes.Select(s => Conv2d(s.Input, s.Output, s.Kernel, stride: s.Stride, padding: s.Kernel / 2, bias: false))];
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

    public override Tensor forward(Tensor input)
    {
        Tensor x = input;
        for (int i = 0; i < Convolutions.Length; i++)
        {
            x = Norms[i].Normalize(Convolutions[i].call(x));
            if (i < Convolutions.Length - 1)
            {
                x = x.relu_();
            }
        }

        Tensor shortcut = ShortcutLayers is var (convolution, norm) ? norm.Normalize(convolution.call(input)) : input;
        return x.add_(shortcut, Constant.Of(1)).relu_();
    }

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
