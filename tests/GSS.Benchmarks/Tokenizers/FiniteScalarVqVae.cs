using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Benchmarks;

/// <summary>The compact VQVAE's encoder and decoder with finite scalar quantisation between them, in place of the codebook.</summary>
internal sealed class FiniteScalarVqVae : TokenizerNetwork
{
    public FiniteScalarVqVae(params int[] levels)
    {
        Quantizer = new FiniteScalarQuantizer(levels);
        Encoder = new BoundedEncoder(levels.Length, Quantizer);
        Decoder = new CompactDecoder(levels.Length);
    }

    /// <summary>Its codes are bounded: in training as in encoding.</summary>
    public BoundedEncoder Encoder { get; }

    public CompactDecoder Decoder { get; }

    public FiniteScalarQuantizer Quantizer { get; }

    public override string Name => "compact-fsq";

    public override int Stride => CompactVqVae.PixelStride;

    public override int VocabularySize => Quantizer.VocabularySize;

    internal override Tensor Codes => Quantizer.Codes;

    internal override long EncoderBytesPerPixel => throw NotWritten();

    internal override long DecoderBytesPerPixel => throw NotWritten();

    /// <summary>Reads the network that <see cref="Save"/> wrote, frozen.</summary>
    public static FiniteScalarVqVae Load(string path, params int[] levels)
    {
        using var file = SafeTensorsFile.Open(path);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var network = new FiniteScalarVqVae(levels);
        foreach ((string name, Tensor value) in network.Weights())
        {
            value.copy_(file.Read(name));
            value.requires_grad = false;
        }

        network.To(CPU);
        return network;
    }

    public void Save(Stream stream)
    {
        using var scope = NewDisposeScope();
        SafeTensorsWriter.Write(stream, [.. Weights()]);
    }

    public override void To(Device device)
    {
        foreach (nn.Module module in new nn.Module[] { Encoder, Decoder, Quantizer })
        {
            module.to(device);
            module.KeepBeyondScopes();
        }
    }

    internal override OnnxValue EncodeToOnnx(OnnxGraph graph, OnnxValue maskige) => throw NotWritten();

    internal override OnnxValue DecodeToOnnx(OnnxGraph graph, OnnxValue tokens) => throw NotWritten();

    internal override Tensor TokenLogits(Tensor maskige) => CodeMixtures.Logits(Encoder.call(maskige), Codes);

    internal override Tensor DecodeMixture(Tensor mixture) => Decoder.call(CodeMixtures.Mix(mixture, Codes));

    private static NotSupportedException NotWritten() => new("Finite scalar quantisation is compared in training only: it is never written as ONNX.");

    private protected override Tensor EncodeCore(Tensor maskige) => Quantizer.Tokens(Encoder.call(maskige));

    private protected override Tensor DecodeCore(Tensor tokens) => Decoder.call(Quantizer.Lookup(tokens));

    private protected override void Dispose(bool disposing)
    {
        Encoder.Dispose();
        Decoder.Dispose();
        Quantizer.Dispose();
    }

    private IEnumerable<(string Name, Tensor Value)> Weights() =>
        Encoder.named_parameters().Select(p => ("encoder." + p.name, (Tensor)p.parameter))
            .Concat(Decoder.named_parameters().Select(p => ("decoder." + p.name, (Tensor)p.parameter)));

    /// <summary>The compact encoder, its output bounded.</summary>
    internal sealed class BoundedEncoder : Module<Tensor, Tensor>
    {
        private readonly CompactEncoder _encoder;
        private readonly FiniteScalarQuantizer _quantizer;

        public BoundedEncoder(int codeSize, FiniteScalarQuantizer quantizer)
            : base(nameof(BoundedEncoder))
        {
            _quantizer = quantizer;
            _encoder = new CompactEncoder(codeSize);
            register_module("free", _encoder);
        }

        public override Tensor forward(Tensor maskige)
        {
            using var scope = NewDisposeScope();
            return _quantizer.Bound(_encoder.call(maskige)).MoveToOuterDisposeScope();
        }

        /// <summary>The quantiser is no part of the encoder, and the encoder is registered by hand.</summary>
        protected override void RegisterComponents()
        {
        }
    }
}
