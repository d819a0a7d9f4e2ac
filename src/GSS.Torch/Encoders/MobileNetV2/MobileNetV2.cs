using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// MobileNetV2 (Sandler et al., CVPR 2018) without its classifier, in torchvision's layout and with its state names: <c>features.0</c> to <c>features.18</c>.
/// The four levels are the last features of each stride: 3, 6, 13 and 18 with 24, 32, 96 and 1280 channels at full width.
/// </summary>
internal sealed class MobileNetV2 : EncoderNetwork
{
    /// <summary>Expansion, channels, repeats and first stride of each group of blocks (table 2 of the paper).</summary>
    private static readonly (int Expansion, int Channels, int Repeats, int Stride)[] s_groups =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    private static readonly int[] s_levels = [3, 6, 13, 18];

    /// <param name="width">Factor on all channels; 1 is the network of the paper.</param>
    /// <param name="tensorFlow">Whether the weights come from TensorFlow: its padding in the convolutions of stride 2, its input scale, and normalisations that stand still, since theirs are folded into the convolutions.</param>
    public MobileNetV2(double width = 1, bool tensorFlow = false)
        : base(nameof(MobileNetV2))
    {
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        TensorFlow = tensorFlow;
        int input = Scaled(32, width);
        var features = new List<Layer> { new ConvolutionUnit(3, input, 3, stride: 2, activation: Activation.Relu6, samePadding: tensorFlow) };
        foreach ((int expansion, int channels, int repeats, int stride) in s_groups)
        {
            for (int i = 0; i < repeats; i++)
            {
                int output = Scaled(channels, width);
                features.Add(new InvertedResidual(input, output, expansion, i == 0 ? stride : 1, tensorFlow));
                input = output;
            }
        }

        int top = Scaled(1280, Math.Max(1, width));
        features.Add(new ConvolutionUnit(input, top, 1, activation: Activation.Relu6));
        Features = new ModuleList<Layer>([.. features]);
        register_module("features", Features);
        Channels = [Scaled(24, width), Scaled(32, width), Scaled(96, width), top];
    }

    /// <summary>Whether the network computes what TensorFlow's does.</summary>
    public bool TensorFlow { get; }

    /// <summary>The stem, 17 inverted residuals and the last 1×1 convolution.</summary>
    public ModuleList<Layer> Features { get; }

    /// <summary>The features that are given as levels.</summary>
    public static IReadOnlyList<int> LevelFeatures => s_levels;

    public override IReadOnlyList<int> Channels { get; }

    public override int StageOf(string name)
    {
        string[] parts = name.Split('.');
        return parts.Length < 2 ? StageCount - 1 : int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) switch
        {
            0 => 0,
            var feature => 1 + s_levels.TakeWhile(level => level < feature).Count(),
        };
    }

    public override IReadOnlyList<float> InputMean => TensorFlow ? [127.5f, 127.5f, 127.5f] : base.InputMean;

    public override IReadOnlyList<float> InputDeviation => TensorFlow ? [127.5f, 127.5f, 127.5f] : base.InputDeviation;

    public override Tensor[] forward(Tensor image)
    {
        var levels = new List<Tensor>(s_levels.Length);
        Tensor x = image;
        for (int i = 0; i < Features.Count; i++)
        {
            x = Features[i].call(x);
            if (s_levels.Contains(i))
            {
                levels.Add(x);
            }
        }

        return [.. levels];
    }

    /// <inheritdoc/>
    public override OnnxValue[] ToOnnx(OnnxGraph graph, OnnxValue image)
    {
        var levels = new List<OnnxValue>(s_levels.Length);
        OnnxValue x = image;
        for (int i = 0; i < Features.Count; i++)
        {
            x = Features[i].ToOnnx(graph, x);
            if (s_levels.Contains(i))
            {
                levels.Add(x);
            }
        }

        return [.. levels];
    }

    /// <inheritdoc/>
    public override WeightNames NamesIn(IReadOnlyCollection<string> names) => new NamesWithout("classifier.");

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor>? FindIn(OnnxWeightFile file) => OnnxLayers.InOrder(this, file);

    /// <summary>Weights that were folded have no statistics to go back to: normalising by the batch would change what the network computes.</summary>
    public override void train(bool train = true)
    {
        base.train(train);
        if (TensorFlow)
        {
            foreach (BatchNorm2d norm in modules().OfType<BatchNorm2d>())
            {
                norm.eval();
            }
        }
    }

    /// <summary>Channels times width, to the nearest multiple of 8, but never below 90 % (the authors' rule).</summary>
    private static int Scaled(int channels, double width)
    {
        double wanted = channels * width;
        int rounded = Math.Max(8, (int)(wanted + 4) / 8 * 8);
        return rounded < 0.9 * wanted ? rounded + 8 : rounded;
    }
}

/// <summary>A 1×1 convolution that widens, a 3×3 convolution on each channel alone, a 1×1 convolution that narrows without activation; around them a shortcut where the shape stays.</summary>
internal sealed class InvertedResidual : Layer
{
    public InvertedResidual(int inputChannels, int outputChannels, int expansion, int stride, bool samePadding)
        : base(nameof(InvertedResidual))
    {
        int wide = inputChannels * expansion;
        HasShortcut = stride == 1 && inputChannels == outputChannels;
        Depthwise = new ConvolutionUnit(wide, wide, 3, stride, groups: wide, Activation.Relu6, samePadding && stride > 1);
        Narrow = Conv2d(wide, outputChannels, 1, bias: false);
        NarrowNorm = BatchNorm2d(outputChannels);
        Widen = expansion == 1 ? null : new ConvolutionUnit(inputChannels, wide, 1, activation: Activation.Relu6);
        Module[] convolutions = [.. new Module?[] { Widen, Depthwise, Narrow, NarrowNorm }.OfType<Module>()];
        register_module("conv", new NamedModules(convolutions.Select((module, i) => ($"{i}", module))));
    }

    /// <summary>Null in the first block, which does not widen.</summary>
    public ConvolutionUnit? Widen { get; }

    public ConvolutionUnit Depthwise { get; }

    public Conv2d Narrow { get; }

    public BatchNorm2d NarrowNorm { get; }

    /// <summary>Whether the input is added to the output.</summary>
    public bool HasShortcut { get; }

    public override Tensor forward(Tensor input)
    {
        Tensor x = NarrowNorm.Normalize(Narrow.CallPointwise(Depthwise.call(Widen?.call(input) ?? input)));
        return HasShortcut ? x.add_(input, Constant.Of(1)) : x;
    }

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue input)
    {
        OnnxValue x = Depthwise.ToOnnx(graph, Widen?.ToOnnx(graph, input) ?? input);
        x = graph.Conv(x, Narrow, NarrowNorm);
        return HasShortcut ? graph.Add(input, x) : x;
    }
}
