using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// A tokenizer of twice the stride: label maps are halved before they are encoded, and decoded maskiges doubled. A quarter of the tokens, and nothing thinner than two pixels for certain:
/// the coarse end of the paper's comparison of strides (Table 3), whose d = 1/4 from d = 1/8 goes the other way.
/// </summary>
internal sealed class HalvedTokenizer(Tokenizer inner) : Tokenizer
{
    public override string Name => $"{inner.Name}-{Stride}";

    public override int Stride => 2 * inner.Stride;

    public override int VocabularySize => inner.VocabularySize;

    public override TokenizerNetwork CreateNetwork() => new HalvedNetwork(inner.CreateNetwork(), Name);

    internal override IEnumerable<string> Faults() => inner.Faults();

    internal override IEnumerable<string> WeightFiles() => inner.WeightFiles();

    private sealed class HalvedNetwork : TokenizerNetwork
    {
        private readonly TokenizerNetwork _inner;

        public HalvedNetwork(TokenizerNetwork inner, string name)
        {
            (_inner, Name, LoadedWeights) = (inner, name, inner.LoadedWeights);
        }

        public override string Name { get; }

        public override int Stride => 2 * _inner.Stride;

        public override int VocabularySize => _inner.VocabularySize;

        public override int MaskigeScale => _inner.MaskigeScale;

        internal override Tensor Codes => _inner.Codes;

        // The largest buffers are of a quarter of the pixels; the maskige itself is of all.
        internal override long EncoderBytesPerPixel => (_inner.EncoderBytesPerPixel / 4) + (3 * sizeof(float));

        internal override long DecoderBytesPerPixel => (_inner.DecoderBytesPerPixel / 4) + (3 * sizeof(float));

        public override void To(Device device) => _inner.To(device);

        internal override Tensor TokenLogits(Tensor maskige) => _inner.TokenLogits(Halve(maskige));

        internal override Tensor DecodeMixture(Tensor mixture) => Enlarge(_inner.DecodeMixture(mixture), 2);

        internal override OnnxValue EncodeToOnnx(OnnxGraph graph, OnnxValue maskige) =>
            _inner.EncodeToOnnx(graph, graph.Add("Slice", [maskige, graph.Constant([1, 1]), graph.Constant([long.MaxValue, long.MaxValue]), graph.Constant([2, 3]), graph.Constant([2, 2])]));

        internal override OnnxValue DecodeToOnnx(OnnxGraph graph, OnnxValue tokens) => graph.UpsampleNearest(_inner.DecodeToOnnx(graph, tokens), 2);

        private protected override Tensor EncodeCore(Tensor maskige) => _inner.EncodeEnlarged(Halve(maskige));

        private protected override Tensor DecodeCore(Tensor tokens) => Enlarge(_inner.Decode(tokens), 2);

        private protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _inner.Dispose();
            }
        }

        /// <summary>Every second pixel: the one that nearest neighbour takes with centres aligned.</summary>
        private static Tensor Halve(Tensor maskige) => maskige.slice(2, 1, maskige.shape[2], 2).slice(3, 1, maskige.shape[3], 2);
    }
}
