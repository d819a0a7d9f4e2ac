using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// The compact encoder and decoder (<see cref="CompactEncoder"/>, <see cref="CompactDecoder"/>) with finite scalar quantisation between them: no codebook to learn,
/// none to search, and codes of a few channels.
/// </summary>
internal sealed partial class CompactFsqVae : CompactNetwork
{
    public const string TokenizerName = "compact-fsq";

    /// <summary>What the weight file calls the quantiser's levels: int64 <c>[D]</c>.</summary>
    public const string LevelsName = "quantizer.levels";

    public CompactFsqVae(CompactWidths widths, params int[] levels)
    {
        Quantizer = new FiniteScalarQuantizer(levels);
        Encoder = new BoundedEncoder(new CompactEncoder(levels.Length, widths.Encoder, widths.EncoderContext), Quantizer);
        Decoder = new CompactDecoder(levels.Length, widths.Decoder, widths.DecoderContext, widths.OwnColors);
    }

    /// <summary>RGB → codes within -1..1, not yet rounded.</summary>
    public BoundedEncoder Encoder { get; }

    /// <summary>Codes → RGB.</summary>
    public CompactDecoder Decoder { get; }

    public FiniteScalarQuantizer Quantizer { get; }

    protected override string KindName => TokenizerName;

    public override int VocabularySize => Quantizer.VocabularySize;

    internal override Tensor Codes => Quantizer.Codes;

    public override IEnumerable<Module> Modules => [Encoder, Decoder, Quantizer];

    /// <summary>Every learned weight under its name in the weight file: <c>encoder.*</c>, <c>decoder.*</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> Weights() =>
        Encoder.Free.named_parameters().Select(p => ("encoder." + p.name, (Tensor)p.parameter))
            .Concat(Decoder.named_parameters().Select(p => ("decoder." + p.name, (Tensor)p.parameter)));

    /// <summary>Writes the levels and all weights.</summary>
    public void Save(Stream stream, IReadOnlyDictionary<string, string>? notes = null)
    {
        using var scope = NewDisposeScope();
        Tensor levels = tensor(Quantizer.Levels.Select(level => (long)level).ToArray());
        SafeTensorsWriter.Write(stream, [.. Weights().Select(w => (w.Name, w.Value.cpu())), (LevelsName, levels)], notes);
    }

    private protected override Tensor ToCodes(Tensor maskige) => Encoder.call(maskige);

    private protected override Tensor FromCodes(Tensor codes) => Decoder.call(codes);

    private protected override Tensor EncodeCore(Tensor maskige) => Quantizer.Tokens(Encoder.call(maskige));

    private protected override Tensor DecodeCore(Tensor tokens) => Decoder.call(Quantizer.Lookup(tokens));
}

/// <summary>The compact encoder, its output bounded to the quantiser's outermost levels: in training as in encoding.</summary>
internal sealed class BoundedEncoder : Module<Tensor, Tensor>
{
    private readonly FiniteScalarQuantizer _quantizer;

    public BoundedEncoder(CompactEncoder free, FiniteScalarQuantizer quantizer)
        : base(nameof(BoundedEncoder))
    {
        (Free, _quantizer) = (free, quantizer);
        register_module("free", free);
    }

    public CompactEncoder Free { get; }

    public override Tensor forward(Tensor maskige)
    {
        using var scope = NewDisposeScope();
        return _quantizer.Bound(Free.call(maskige)).MoveToOuterDisposeScope();
    }

    /// <summary>The quantiser is no part of the encoder, and the encoder is registered by hand.</summary>
    protected override void RegisterComponents()
    {
    }
}
