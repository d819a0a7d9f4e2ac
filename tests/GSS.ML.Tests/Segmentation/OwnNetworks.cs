using GSS.Core;
using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.ML.Tests;

/// <summary>An image encoder that the library has never heard of: five convolutions of stride 2. All that belongs to it is here.</summary>
internal class FiveConvolutions(string? weights = null) : ImageEncoder("five convolutions", weights)
{
    internal override EncoderNetwork CreateNetwork() => new Network();

    internal class Network : EncoderNetwork
    {
        private static readonly int[] s_widths = [6, 8, 10, 12, 14];

        private readonly Conv2d[] _layers;

        public Network()
            : base(nameof(FiveConvolutions))
        {
            _layers = [.. s_widths.Select((width, i) => nn.Conv2d(i == 0 ? 3 : s_widths[i - 1], width, 3, stride: 2, padding: 1))];
            for (int i = 0; i < _layers.Length; i++)
            {
                register_module($"{i}", _layers[i]);
            }
        }

        public override IReadOnlyList<int> Channels => s_widths[1..];

        public override Tensor[] forward(Tensor image)
        {
            Tensor[] outputs = new Tensor[_layers.Length];
            for (int i = 0; i < outputs.Length; i++)
            {
                outputs[i] = _layers[i].call(i == 0 ? image : outputs[i - 1]).relu();
            }

            return outputs[1..];
        }

        public override OnnxValue[] ToOnnx(OnnxGraph graph, OnnxValue image)
        {
            var outputs = new OnnxValue[_layers.Length];
            for (int i = 0; i < outputs.Length; i++)
            {
                outputs[i] = graph.Relu(graph.Conv(i == 0 ? image : outputs[i - 1], _layers[i]));
            }

            return outputs[1..];
        }

        /// <summary>Its author writes <c>layer-0.weight</c> where the network has <c>0.weight</c>, and has a classifier beside it.</summary>
        public override WeightNames NamesIn(IReadOnlyCollection<string> names) => new NamesUnder("layer-");
    }
}

/// <summary>The same with a fault: its ONNX sees the negative of the photograph.</summary>
internal sealed class FaultyFiveConvolutions : FiveConvolutions
{
    internal override EncoderNetwork CreateNetwork() => new Negative();

    private sealed class Negative : Network
    {
        public override OnnxValue[] ToOnnx(OnnxGraph graph, OnnxValue image) => base.ToOnnx(graph, graph.Sub(graph.Scalar(0), image));
    }
}

/// <summary>A tokenizer that the library has never heard of: a token is the mean colour of 4×4 pixels, each channel in one of four steps.</summary>
internal sealed class MeanColors : Tokenizer
{
    public override string Name => "mean-colors";

    public override int Stride => 4;

    public override int VocabularySize => 64;

    public override TokenizerNetwork CreateNetwork()
    {
        TorchNative.EnsureLoaded();
        return new Network();
    }

    private sealed class Network : TokenizerNetwork
    {
        private readonly Tensor _colors = tensor([.. Enumerable.Range(0, 64).SelectMany(i => new[] { i / 16 / 3f, i / 4 % 4 / 3f, i % 4 / 3f })], [64, 3]).DetachFromDisposeScope();
        private readonly Tensor _places = tensor(new float[] { 16, 4, 1 }, [1, 3, 1, 1]).DetachFromDisposeScope();

        public override string Name => "mean-colors";

        public override int Stride => 4;

        public override int VocabularySize => 64;

        internal override Tensor Codes => _colors;

        internal override Tensor TokenLogits(Tensor maskige) => CodeMixtures.Logits(nn.functional.avg_pool2d(maskige, 4), _colors);

        internal override Tensor DecodeMixture(Tensor mixture) => Enlarge(CodeMixtures.Mix(mixture, _colors).contiguous(), 4);

        internal override long EncoderBytesPerPixel => 16;

        internal override long DecoderBytesPerPixel => 16;

        public override void To(Device device)
        {
        }

        internal override OnnxValue EncodeToOnnx(OnnxGraph graph, OnnxValue maskige)
        {
            OnnxValue steps = graph.Add("Floor", [graph.Add(graph.Mul(graph.AveragePool(maskige, 4), graph.Scalar(3f / 255)), graph.Scalar(0.5f))]);
            return graph.Cast(graph.Squeeze(graph.Conv(steps, graph.Constant(_places), OnnxValue.None, kernel: 1), 1), OnnxType.Int64);
        }

        internal override OnnxValue DecodeToOnnx(OnnxGraph graph, OnnxValue tokens) =>
            graph.Mul(graph.UpsampleNearest(graph.Transpose(graph.Gather(graph.Constant(_colors), tokens), 0, 3, 1, 2), 4), graph.Scalar(255));

        private protected override Tensor EncodeCore(Tensor maskige)
        {
            Tensor steps = (nn.functional.avg_pool2d(maskige, 4) * Constant.Of(3)).Plus(0.5).floor();
            return nn.functional.conv2d(steps, _places).squeeze(1).to(int64);
        }

        private protected override Tensor DecodeCore(Tensor tokens) =>
            Enlarge(_colors.index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], tokens.shape[2], 3).permute(0, 3, 1, 2).contiguous(), 4);

        private protected override void Dispose(bool disposing)
        {
            _colors.Dispose();
            _places.Dispose();
        }
    }
}
