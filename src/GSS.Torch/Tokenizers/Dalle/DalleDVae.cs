using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// OpenAI's discrete VAE of DALL-E (Ramesh et al., ICML 2021), with the state names of their files: <c>blocks.input</c>, <c>blocks.group_G.block_B.…</c>,
/// <c>blocks.output.conv</c>. 53.8 M parameters encode, 43.8 M decode; one token stands for 8×8 pixels of what the network sees.
/// </summary>
/// <remarks>
/// The paper's two token strides: at stride 8 the maskige goes in as it is; at stride 4 it goes in at twice its size, as if the label map had been
/// doubled before it was coloured, and comes out at twice its size (reference: FF head, token grid of the stride-4 level).
/// </remarks>
internal sealed partial class DalleDVae : TokenizerNetwork
{
    /// <summary>Pixels of the network's own input that a token stands for.</summary>
    public const int NetworkStride = 8;

    /// <summary>The logit-Laplace mapping of pixels: colours in 0..1 are squeezed into 0.1..0.9, which the sigmoid of the decoder reaches.</summary>
    public const double PixelOffset = 0.1, PixelRange = 0.8;

    /// <summary>Makes the network; its weights have no values yet.</summary>
    /// <param name="size">The widths.</param>
    /// <param name="stride">8 or 4.</param>
    public DalleDVae(DalleSize size, int stride)
    {
        (Stride, VocabularySize) = (stride, size.Vocabulary);
        Encoder = new DalleEncoder(size);
        Decoder = new DalleDecoder(size);
    }

    public DalleEncoder Encoder { get; }

    public DalleDecoder Decoder { get; }

    public override string Name => NameOf(Stride);

    public override int Stride { get; }

    public override int MaskigeScale => NetworkStride / Stride;

    public override int VocabularySize { get; }

    internal override Tensor Codes => Decoder.Table;

    /// <summary>The tokenizer's name, which tells the stride too: tokens of different strides do not fit together.</summary>
    public static string NameOf(int stride) => $"dalle-dvae-{stride}";

    public override void To(Device device)
    {
        foreach (Module half in new Module[] { Encoder, Decoder })
        {
            half.to(device);
            half.KeepBeyondScopes();
        }
    }

    internal override Tensor TokenLogits(Tensor maskige) => Encoder.call(Mapped(maskige));

    internal override Tensor DecodeMixture(Tensor mixture) => Painted(Decoder.EmbedExpected(mixture));

    private protected override Tensor EncodeCore(Tensor maskige) => Encoder.Tokens(Mapped(maskige));

    private protected override Tensor DecodeCore(Tensor tokens) => Painted(Decoder.Embed(tokens));

    private static Tensor Mapped(Tensor maskige) => ChannelsLast((maskige * Constant.Of(PixelRange)).Plus(PixelOffset));

    private Tensor Painted(Tensor embedded)
    {
        Tensor pixels = Decoder.call(ChannelsLast(embedded)).narrow(1, 0, 3).sigmoid();
        return (pixels.Plus(-PixelOffset) / Constant.Of(PixelRange)).clamp(Constant.Of(0), Constant.Of(1)).contiguous();
    }

    private protected override void Dispose(bool disposing)
    {
        Encoder.Dispose();
        Decoder.Dispose();
    }

    // The same numbers in the order that convolutions on the CPU like better; they keep it to the end.
    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}

/// <summary>The widths of a <see cref="DalleDVae"/>; the defaults are OpenAI's.</summary>
/// <param name="Hidden">Channels of the outermost group; each group inwards has twice as many.</param>
/// <param name="Initial">Channels that a token becomes before the decoder's first group.</param>
/// <param name="Vocabulary">How many different tokens there are.</param>
/// <param name="BlocksPerGroup">Residual blocks in each of the four groups.</param>
internal sealed record DalleSize(int Hidden = 256, int Initial = 128, int Vocabulary = 8192, int BlocksPerGroup = 2)
{
    /// <summary>Groups of each half; three halvings or doublings stand between them.</summary>
    public const int Groups = 4;

    /// <summary>The widths of the two halves in a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="prefix">What stands before <c>encoder.</c> and <c>decoder.</c>.</param>
    /// <exception cref="WeightFileException">One of them is missing.</exception>
    public static DalleSize Of(WeightFile file, string prefix)
    {
        long[] Shape(string name) => file.Find(prefix + name)?.Shape is [_, _, _, _] and var shape
            ? shape
            : throw new WeightFileException($"The weight file '{file.Path}' lacks the convolution '{prefix}{name}', expected DALL-E's dVAE, both halves: name the file that holds them.");
        long[] input = Shape("decoder.blocks.input.w");
        int blocks = 1;
        while (file.Find($"{prefix}encoder.blocks.group_1.block_{blocks + 1}.res_path.conv_1.w") is not null)
        {
            blocks++;
        }

        return new((int)Shape("encoder.blocks.input.w")[0], (int)input[0], (int)input[1], blocks);
    }

    /// <summary>What a residual path counts beside the straight one.</summary>
    public double PostGain => 1.0 / (Groups * BlocksPerGroup * Groups * BlocksPerGroup);
}

/// <summary>Maskige in 0.1..0.9, <c>[B, 3, 8h, 8w]</c> → logits of the tokens <c>[B, V, h, w]</c>.</summary>
internal sealed class DalleEncoder : Module<Tensor, Tensor>
{
    // Logits of so many tokens at a time: the whole vocabulary of a 512×512 photograph at stride 4 would take half a gigabyte.
    private const int Chunk = 512;

    public DalleEncoder(DalleSize size)
        : base(nameof(DalleEncoder))
    {
        Input = new DalleConvolution(3, size.Hidden, 7);
        Groups = DalleBlock.Groups(size, size.Hidden, group => size.Hidden << group, [3, 3, 3, 1]);
        Output = new DalleConvolution(size.Hidden << (DalleSize.Groups - 1), size.Vocabulary, 1);
        register_module("blocks", DalleBlock.Names(Input, Groups, Output));
    }

    public DalleConvolution Input { get; }

    public DalleBlock[][] Groups { get; }

    public DalleConvolution Output { get; }

    public override Tensor forward(Tensor mapped) => Output.call(Features(mapped));

    /// <summary>The token with the largest logit at every place, the lowest of equal ones, int64 <c>[B, h, w]</c>.</summary>
    public Tensor Tokens(Tensor mapped)
    {
        using var scope = NewDisposeScope();
        Tensor features = Features(mapped);
        long vocabulary = Output.Weight.shape[0];
        Tensor? best = null, tokens = null;
        for (long first = 0; first < vocabulary; first += Chunk)
        {
            using var inner = NewDisposeScope();
            long count = Math.Min(Chunk, vocabulary - first);
            (Tensor value, Tensor index) = PointwiseConvolution.Compute(features, Output.Weight.narrow(0, first, count), Output.Bias.narrow(0, first, count)).max(1);

            // Whole numbers up to 2²⁴ are exact in float32, and its arithmetic needs no integer scalar made on the fly.
            Tensor token = index.to(ScalarType.Float32).Plus(first);
            if (best is not null)
            {
                Tensor better = value.gt(best);
                (value, token) = (where(better, value, best), where(better, token, tokens!));
            }

            (best, tokens) = (value.MoveToOuterDisposeScope(), token.MoveToOuterDisposeScope());
        }

        return tokens!.to(ScalarType.Int64).MoveToOuterDisposeScope();
    }

    /// <summary>What the output convolution reads, <c>[B, 8 × hidden, h, w]</c>.</summary>
    public Tensor Features(Tensor mapped)
    {
        using var scope = NewDisposeScope();
        Tensor x = Input.call(mapped);
        for (int group = 0; group < Groups.Length; group++)
        {
            x = Group(group, x);
        }

        return x.relu().MoveToOuterDisposeScope();
    }

    /// <summary>One group: its blocks, and half the size after all but the last.</summary>
    public Tensor Group(int group, Tensor x)
    {
        foreach (DalleBlock block in Groups[group])
        {
            x = block.call(x);
        }

        return group < Groups.Length - 1 ? functional.max_pool2d(x, 2) : x;
    }

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}

/// <summary>Embedded tokens <c>[B, initial, h, w]</c> → the logit-Laplace parameters of the pixels <c>[B, 6, 8h, 8w]</c>: three means before the sigmoid, then three scales that nothing here reads.</summary>
internal sealed class DalleDecoder : Module<Tensor, Tensor>
{
    public DalleDecoder(DalleSize size)
        : base(nameof(DalleDecoder))
    {
        Input = new DalleConvolution(size.Vocabulary, size.Initial, 1);
        Groups = DalleBlock.Groups(size, size.Initial, group => size.Hidden << (DalleSize.Groups - 1 - group), [1, 3, 3, 3]);
        Output = new DalleConvolution(size.Hidden, 6, 1);
        register_module("blocks", DalleBlock.Names(Input, Groups, Output));
    }

    /// <summary>The 1×1 convolution of one-hot tokens: a row for each token. Never run as a convolution.</summary>
    public DalleConvolution Input { get; }

    public DalleBlock[][] Groups { get; }

    public DalleConvolution Output { get; }

    /// <summary>Tokens <c>[B, h, w]</c> → <c>[B, initial, h, w]</c>: what the convolution gives for one-hot tokens, without making them.</summary>
    public Tensor Embed(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        Tensor rows = Table.index_select(0, tokens.flatten()).Plus(Input.Bias);
        return rows.view(tokens.shape[0], tokens.shape[1], tokens.shape[2], -1).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Probabilities of the tokens <c>[B, V, h, w]</c> → <c>[B, initial, h, w]</c>: the expected row.</summary>
    public Tensor EmbedExpected(Tensor probabilities) => Input.call(probabilities);

    public override Tensor forward(Tensor embedded)
    {
        using var scope = NewDisposeScope();
        Tensor x = embedded;
        for (int group = 0; group < Groups.Length; group++)
        {
            x = Group(group, x);
        }

        return Output.call(x.relu()).MoveToOuterDisposeScope();
    }

    /// <summary>One group: its blocks, and twice the size after all but the last.</summary>
    public Tensor Group(int group, Tensor x)
    {
        foreach (DalleBlock block in Groups[group])
        {
            x = block.call(x);
        }

        return group < Groups.Length - 1
            ? functional.interpolate(x, [2 * x.shape[2], 2 * x.shape[3]], mode: InterpolationMode.Nearest)
            : x;
    }

    /// <summary>A row for each token, <c>[V, initial]</c>, without the bias.</summary>
    public Tensor Table => Input.Weight.flatten(1).t();

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}

/// <summary>id(x) + gain · conv4(relu(conv3(relu(conv2(relu(conv1(relu(x)))))))), the inner width a quarter of the outer; id is a 1×1 convolution where the width changes.</summary>
internal sealed class DalleBlock : Module<Tensor, Tensor>
{
    private DalleBlock(int input, int output, int[] kernels, double gain)
        : base(nameof(DalleBlock))
    {
        Gain = gain;
        Convolutions = [.. kernels.Select((kernel, i) => new DalleConvolution(i == 0 ? input : output / 4, i == kernels.Length - 1 ? output : output / 4, kernel))];
        if (input != output)
        {
            IdentityPath = new DalleConvolution(input, output, 1);
            register_module("id_path", IdentityPath);
        }

        register_module("res_path", new NamedModules([.. Convolutions.Select((convolution, i) => ($"conv_{i + 1}", (Module)convolution))]));
    }

    public double Gain { get; }

    public DalleConvolution? IdentityPath { get; }

    public DalleConvolution[] Convolutions { get; }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor x = input;
        foreach (DalleConvolution convolution in Convolutions)
        {
            x = convolution.call(x.relu());
        }

        return (IdentityPath?.call(input) ?? input).add(x, Constant.Of(Gain)).MoveToOuterDisposeScope();
    }

    /// <summary>The four groups of an encoder or decoder.</summary>
    public static DalleBlock[][] Groups(DalleSize size, int input, Func<int, int> widthOf, int[] kernels) =>
        [.. Enumerable.Range(0, DalleSize.Groups).Select(group => Enumerable.Range(0, size.BlocksPerGroup)
            .Select(block => new DalleBlock(block > 0 ? widthOf(group) : group > 0 ? widthOf(group - 1) : input, widthOf(group), kernels, size.PostGain)).ToArray())];

    /// <summary>All parts under the names of OpenAI's files.</summary>
    public static NamedModules Names(DalleConvolution input, DalleBlock[][] groups, DalleConvolution output) => new(
    [
        ("input", input),
        .. groups.Select((group, g) => ($"group_{g + 1}", (Module)new NamedModules([.. group.Select((block, b) => ($"block_{b + 1}", (Module)block))]))),
        ("output", new NamedModules([("conv", output)])),
    ]);

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}

/// <summary>A convolution that keeps the size, with the parameters <c>w</c> and <c>b</c>; frozen, and without values until weights are read.</summary>
internal sealed class DalleConvolution : Module<Tensor, Tensor>
{
    public DalleConvolution(int input, int output, int kernel)
        : base(nameof(DalleConvolution))
    {
        Kernel = kernel;
        register_parameter("w", new Parameter(empty(output, input, kernel, kernel), requires_grad: false));
        register_parameter("b", new Parameter(empty(output), requires_grad: false));
    }

    public int Kernel { get; }

    public Tensor Weight => get_parameter("w")!;

    public Tensor Bias => get_parameter("b")!;

    public override Tensor forward(Tensor input) => Kernel == 1 ? PointwiseConvolution.Compute(input, Weight, Bias) : functional.conv2d(input, Weight, Bias, padding: [Kernel / 2, Kernel / 2]);

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
