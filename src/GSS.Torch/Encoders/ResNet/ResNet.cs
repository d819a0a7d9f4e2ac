using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>The forms of a <see cref="ResNet"/>.</summary>
internal enum ResNetForm
{
    /// <summary>torchvision's: a 7×7 stem, levels at strides 4, 8, 16 and 32.</summary>
    Plain,

    /// <summary>The paper's: a stem of three 3×3 convolutions (V1c), and dilated stages instead of strides, so that levels lie at strides 4, 8, 8 and 8.</summary>
    DilatedV1c,

    /// <summary>That of ML.NET's image featurizer: as the plain one, with a third block in the last stage, and weights that were trained on blue, green and red minus a mean.</summary>
    Featurizer,
}

/// <summary>
/// ResNet (He et al., CVPR 2016) without its classifier, in torchvision's layout and with its state names:
/// <c>conv1, bn1, layer1..4.N.{conv1, bn1, conv2, bn2, conv3, bn3, downsample.0, downsample.1}</c>. The stride of a bottleneck is on its 3×3 convolution.
/// The V1c stem is <c>stem.{0, 1, 3, 4, 6, 7}</c>, as in the reference, in place of <c>conv1</c> and <c>bn1</c>.
/// </summary>
internal sealed class ResNet : EncoderNetwork
{
    private readonly bool _isFeaturizer;

    public ResNet(int depth, int stemChannels = 64, int baseChannels = 64, ResNetForm form = ResNetForm.Plain)
        : base($"ResNet{depth}")
    {
        (int[] counts, bool bottleneck) = depth switch
        {
            18 => (new[] { 2, 2, 2, form == ResNetForm.Featurizer ? 3 : 2 }, false),
            50 => (new[] { 3, 4, 6, 3 }, true),
            101 => (new[] { 3, 4, 23, 3 }, true),
            _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "The depth of a ResNet is 18, 50 or 101."),
        };
        using IDisposable unchanged = TorchRandomness.LeaveGlobalGeneratorAlone();
        _isFeaturizer = form == ResNetForm.Featurizer;
        bool dilated = form == ResNetForm.DilatedV1c;
        (int Input, int Output, int Stride)[] stem = dilated
            ? [(3, stemChannels / 2, 2), (stemChannels / 2, stemChannels / 2, 1), (stemChannels / 2, stemChannels, 1)]
            : [(3, stemChannels, 2)];
        int kernel = dilated ? 3 : 7;
        Stem = [.. stem.Select(s => (Conv2d(s.Input, s.Output, kernel, stride: s.Stride, padding: kernel / 2, bias: false), BatchNorm2d(s.Output)))];
        if (dilated)
        {
            // Numbers 2, 5 and 8 are the ReLUs of the reference's stem.
            register_module("stem", Sequential([.. Stem.SelectMany((layer, i) => new (string, Module<Tensor, Tensor>)[] { ($"{3 * i}", layer.Convolution), ($"{(3 * i) + 1}", layer.Norm) })]));
        }
        else
        {
            register_module("conv1", Stem[0].Convolution);
            register_module("bn1", Stem[0].Norm);
        }

        int input = stemChannels;
        for (int level = 0; level < counts.Length; level++)
        {
            int dilation = dilated && level >= 2 ? 1 << (level - 1) : 1;
            int stride = level > 0 && dilation == 1 ? 2 : 1;
            Levels[level] = new ModuleList<ResidualBlock>([.. ResidualBlock.Chain(input, baseChannels << level, counts[level], bottleneck, stride, dilation)]);
            input = Levels[level][^1].OutputChannels;
            register_module($"layer{level + 1}", Levels[level]);
        }

        Channels = [.. Levels.Select(level => level[^1].OutputChannels)];
    }

    /// <summary>The layers before the pooling, one or three; ReLU follows each.</summary>
    public (Conv2d Convolution, BatchNorm2d Norm)[] Stem { get; }

    /// <summary>The four stages; their outputs are the four levels.</summary>
    public ModuleList<ResidualBlock>[] Levels { get; } = new ModuleList<ResidualBlock>[4];

    public override IReadOnlyList<int> Channels { get; }

    // The featurizer subtracts a mean picture (ResNetPreprocess.onnx of its package): these are the means of its channels.
    public override IReadOnlyList<float> InputMean => _isFeaturizer ? [123.1516f, 115.9029f, 103.0626f] : base.InputMean;

    public override int StageOf(string name) => name.StartsWith("layer", StringComparison.Ordinal) ? name[5] - '0' : 0;

    public override Tensor[] forward(Tensor image)
    {
        Tensor x = image;
        foreach ((Conv2d convolution, BatchNorm2d norm) in Stem)
        {
            x = norm.Normalize(convolution.Compute(x)).relu_();
        }

        x = functional.max_pool2d(x, 3, stride: 2, padding: 1);
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

    /// <inheritdoc/>
    public override OnnxValue[] ToOnnx(OnnxGraph graph, OnnxValue image)
    {
        OnnxValue x = image;
        foreach ((Conv2d convolution, BatchNorm2d norm) in Stem)
        {
            x = graph.Relu(graph.Conv(x, convolution, norm));
        }

        x = graph.MaxPool(x, kernel: 3, stride: 2, padding: 1);
        var levels = new OnnxValue[Levels.Length];
        for (int level = 0; level < levels.Length; level++)
        {
            foreach (ResidualBlock block in Levels[level])
            {
                x = block.ToOnnx(graph, x);
            }

            levels[level] = x;
        }

        return levels;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor>? FindIn(OnnxWeightFile file)
    {
        if (Stem.Length > 1)
        {
            return null;
        }

        Dictionary<string, Tensor> found = ResNetInOnnx.Find(this, file);
        if (_isFeaturizer)
        {
            // Red comes first here, and all are divided by their deviations.
            found["conv1.weight"] = found["conv1.weight"].flip(1) * tensor([.. InputDeviation]).reshape(1, 3, 1, 1);
        }

        return found;
    }

    /// <inheritdoc/>
    public override WeightNames NamesIn(IReadOnlyCollection<string> names) => Stem.Length > 1 ? ResNetV1cNames.For(names) : new NamesWithout("fc.");
}

/// <summary>A ResNet of any width.</summary>
internal sealed class ResNetEncoder(string name, int depth, string? weights, int stemChannels = 64, int baseChannels = 64, ResNetForm form = ResNetForm.Plain)
    : ImageEncoder(name, weights)
{
    internal override int CoarsestStride => form == ResNetForm.DilatedV1c ? 8 : 32;

    internal override EncoderNetwork CreateNetwork() => new ResNet(depth, stemChannels, baseChannels, form);
}
