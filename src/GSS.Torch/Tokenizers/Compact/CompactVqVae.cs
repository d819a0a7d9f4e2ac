using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// The compact VQVAE: stride 4, about 1.5 million parameters. Encoder and decoder each work at stride 4 with one branch at stride 8 for context.
/// The decoder does not paint free colours: every pixel is a convex mixture of two colours of its own token and the first colours
/// of the eight tokens around it, so that flat regions stay flat, edges stay sharp and colours outside the palette are rare.
/// </summary>
internal sealed partial class CompactVqVae : CompactNetwork
{
    public const string TokenizerName = "compact-vqvae";
    public const int PixelStride = 4;
    public const int DefaultVocabularySize = 1024;
    public const int CodeSize = 16;

    public CompactVqVae(int vocabularySize = DefaultVocabularySize, CompactWidths? widths = null)
    {
        widths ??= CompactWidths.Packaged;
        VocabularySize = vocabularySize;
        Encoder = new CompactEncoder(CodeSize, widths.Encoder, widths.EncoderContext);
        Decoder = new CompactDecoder(CodeSize, widths.Decoder, widths.DecoderContext, widths.OwnColors);
        Quantizer = new VectorQuantizer(vocabularySize, CodeSize);
    }

    public CompactEncoder Encoder { get; }

    public CompactDecoder Decoder { get; }

    public VectorQuantizer Quantizer { get; }

    protected override string KindName => TokenizerName;

    public override int VocabularySize { get; }

    internal override Tensor Codes => Quantizer.Codebook;

    public override IEnumerable<Module> Modules => [Encoder, Decoder, Quantizer];

    /// <summary>Every weight under its name in the weight file: <c>encoder.*</c>, <c>decoder.*</c>, <c>quantizer.codebook</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> Weights() =>
        Encoder.named_parameters().Select(p => ("encoder." + p.name, (Tensor)p.parameter))
            .Concat(Decoder.named_parameters().Select(p => ("decoder." + p.name, (Tensor)p.parameter)))
            .Append(("quantizer.codebook", Quantizer.Codebook));

    /// <summary>Reads a network from a weight file written by <see cref="Save"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="frozen">False to train on.</param>
    public static CompactVqVae Load(string path, bool frozen = true)
    {
        using CompactFile file = CompactFile.Open(path);
        return (CompactVqVae)file.Read(frozen: frozen);
    }

    /// <summary>The network with the weights inside this package.</summary>
    public static CompactVqVae FromPackage()
    {
        const string resource = "GSS.Torch.Tokenizers.compact-vqvae.safetensors";
        Stream stream = typeof(CompactVqVae).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"GSS.Torch.dll lacks its resource '{resource}': the build is incomplete.");
        using CompactFile file = CompactFile.Open(stream, resource);
        return (CompactVqVae)file.Read();
    }

    /// <summary>Writes all weights.</summary>
    public void Save(Stream stream, IReadOnlyDictionary<string, string>? notes = null)
    {
        using var scope = NewDisposeScope();
        SafeTensorsWriter.Write(stream, [.. Weights().Select(w => (w.Name, w.Value.cpu()))], notes);
    }

    private protected override Tensor ToCodes(Tensor maskige) => Encoder.call(maskige);

    private protected override Tensor FromCodes(Tensor codes) => Decoder.call(codes);

    private protected override Tensor EncodeCore(Tensor maskige) => Quantizer.Nearest(Encoder.call(maskige));

    private protected override Tensor DecodeCore(Tensor tokens) => Decoder.call(Quantizer.Lookup(tokens));
}

/// <summary>RGB <c>[B, 3, 4h, 4w]</c> in 0..1 → continuous codes <c>[B, D, h, w]</c>.</summary>
internal sealed class CompactEncoder : Module<Tensor, Tensor>
{
    private readonly Conv2d input;
    private readonly PreActivationBlock block;
    private readonly ContextBranch context;
    private readonly Conv2d output;

    public CompactEncoder(int codeSize, int width, int contextWidth)
        : base(nameof(CompactEncoder))
    {
        input = Conv2d(48, width, 3, padding: 1);
        block = new(width, secondKernel: 1);
        context = new(width, contextWidth);
        output = Conv2d(width, codeSize, 1);
        RegisterComponents();
    }

    public Conv2d Input => input;

    public PreActivationBlock Block => block;

    public ContextBranch Context => context;

    public Conv2d Output => output;

    public override Tensor forward(Tensor maskige)
    {
        using var scope = NewDisposeScope();
        Tensor x = functional.pixel_unshuffle((maskige - Constant.Of(0.5)) * Constant.Of(2), CompactVqVae.PixelStride);

        // Channels last: 3×3 convolutions are faster, and 1×1 ones plain products of matrices.
        x = input.call(x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        x = context.call(block.call(x));
        return output.CallPointwise(functional.relu(x)).MoveToOuterDisposeScope();
    }
}

/// <summary>Codes <c>[B, D, h, w]</c> → RGB <c>[B, 3, 4h, 4w]</c>, about 0..1.</summary>
internal sealed class CompactDecoder : Module<Tensor, Tensor>
{
    private const int PixelCount = CompactVqVae.PixelStride * CompactVqVae.PixelStride;

    private readonly Conv2d input;
    private readonly ContextBranch context;
    private readonly PreActivationBlock block;
    private readonly Conv2d colors;
    private readonly Conv2d mixture;

    public CompactDecoder(int codeSize, int width, int contextWidth, int ownColors)
        : base(nameof(CompactDecoder))
    {
        CandidateCount = 8 + ownColors;
        context = new(width, contextWidth);
        block = new(width, secondKernel: 1);
        colors = Conv2d(width, 3 * ownColors, 1);
        mixture = Conv2d(width, PixelCount * CandidateCount, 1);
        input = Conv2d(codeSize, width, 3, padding: 1);
        RegisterComponents();
    }

    /// <summary>What a pixel mixes: the first colours of its token's nine neighbours (itself among them, row by row) and its token's other colours.</summary>
    public int CandidateCount { get; }

    public Conv2d Input => input;

    public ContextBranch Context => context;

    public PreActivationBlock Block => block;

    public Conv2d Colors => colors;

    public Conv2d Mixture => mixture;

    public override Tensor forward(Tensor codes)
    {
        using var scope = NewDisposeScope();
        Tensor x = functional.relu(block.call(context.call(input.call(codes))));
        Tensor color = colors.CallPointwise(x).Plus(0.5);
        Tensor weights = mixture.CallPointwise(x);

        long batch = x.shape[0], h = x.shape[2], w = x.shape[3];
        Tensor first = functional.pad(color.narrow(1, 0, 3), [1, 1, 1, 1], PaddingModes.Replicate);
        var candidates = new List<Tensor>(CandidateCount);
        for (int dy = 0; dy < 3; dy++)
        {
            for (int dx = 0; dx < 3; dx++)
            {
                candidates.Add(first.narrow(2, dy, h).narrow(3, dx, w));
            }
        }

        for (int own = 1; own < CandidateCount - 8; own++)
        {
            candidates.Add(color.narrow(1, 3 * own, 3));
        }

        // [B, 16, n, 1, h, w] × [B, 1, n, 3, h, w], summed over the n candidates.
        weights = weights.view(batch, PixelCount, CandidateCount, h, w).softmax(2);
        Tensor? pixels = null;
        for (int i = 0; i < CandidateCount; i++)
        {
            Tensor part = weights.select(2, i).unsqueeze(2) * candidates[i].unsqueeze(1);
            pixels = pixels is null ? part : pixels.Plus(part);
        }

        return pixels!.view(batch, CompactVqVae.PixelStride, CompactVqVae.PixelStride, 3, h, w)
            .permute(0, 3, 4, 1, 5, 2)
            .reshape(batch, 3, h * CompactVqVae.PixelStride, w * CompactVqVae.PixelStride)
            .MoveToOuterDisposeScope();
    }
}

/// <summary>x + conv(relu(conv3×3(relu(x)))), the width unchanged.</summary>
internal sealed class PreActivationBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d first;
    private readonly Conv2d second;

    public PreActivationBlock(int width, int secondKernel)
        : base(nameof(PreActivationBlock))
    {
        first = Conv2d(width, width, 3, padding: 1);
        second = Conv2d(width, width, secondKernel, padding: secondKernel / 2);
        RegisterComponents();
    }

    public Conv2d First => first;

    public Conv2d Second => second;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor x = first.call(functional.relu(input));
        return input.Plus(second.CallPointwise(functional.relu(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>Adds what a residual block at half the resolution sees: a wider view for a quarter of the cost.</summary>
internal sealed class ContextBranch : Module<Tensor, Tensor>
{
    private readonly Conv2d down;
    private readonly PreActivationBlock block;
    private readonly Conv2d up;

    public ContextBranch(int width, int contextWidth)
        : base(nameof(ContextBranch))
    {
        down = Conv2d(width, contextWidth, 3, stride: 2, padding: 1);
        block = new PreActivationBlock(contextWidth, secondKernel: 3);
        up = Conv2d(contextWidth, width, 1);
        RegisterComponents();
    }

    public Conv2d Down => down;

    public PreActivationBlock Block => block;

    public Conv2d Up => up;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor x = up.CallPointwise(functional.relu(block.call(down.call(functional.relu(input)))));
        x = functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
        return input.Plus(x.narrow(2, 0, input.shape[2]).narrow(3, 0, input.shape[3])).MoveToOuterDisposeScope();
    }
}
