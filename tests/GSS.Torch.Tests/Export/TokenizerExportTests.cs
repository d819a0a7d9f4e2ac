using GSS.Core;
using GSS.Core.OnnxSchema;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class TokenizerExportTests
{
    private static readonly (int Batch, int Height, int Width)[] Sizes = [(1, 31, 57), (3, 31, 57), (1, 1, 1), (3, 5, 200), (2, 64, 64), (1, 360, 480)];

    [TestMethod]
    [DataRow("compact")]
    [DataRow("compact of stride 8")]
    [DataRow("finite scalar")]
    public void Tokens_are_those_of_the_network_at_any_batch_and_size(string kind)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork network = Network(kind);
        using var model = new OnnxRun(TokenizerExport.EncoderToBytes(network));
        foreach ((int batch, int height, int width) in Sizes)
        {
            using DisposeScope one = NewDisposeScope();
            Tensor maskige = Maskiges(batch, height, width);
            Tensor expected = network.Encode(maskige);
            Tensor actual = model.FloatsToLongs("maskige", maskige * 255, "tokens");
            CollectionAssert.AreEqual(expected.shape, actual.shape);
            Assert.IsTrue(height * width < 1000 || expected.unique(sorted: true).output.shape[0] > 10, "too few different tokens show nothing");
            long different = expected.ne(actual).sum().item<long>();
            Assert.AreEqual(0, different, $"[{batch}, 3, {height}, {width}]: tokens that differ.");
        }
    }

    [TestMethod]
    [DataRow("compact")]
    [DataRow("compact of stride 8")]
    [DataRow("finite scalar")]
    public void Maskiges_are_those_of_the_network_at_any_batch_and_size(string kind)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork network = Network(kind);
        using var model = new OnnxRun(TokenizerExport.DecoderToBytes(network));
        using var generator = new Generator(5, CPU);
        foreach ((int batch, int height, int width) in Sizes)
        {
            using DisposeScope one = NewDisposeScope();
            Tensor drawn = randint(0, network.VocabularySize, [batch, (height + network.Stride - 1) / network.Stride, (width + network.Stride - 1) / network.Stride], dtype: int64, generator: generator);
            foreach (Tensor tokens in new[] { drawn, network.Encode(Maskiges(batch, height, width)) })
            {
                Tensor expected = network.Decode(tokens) * 255;
                Tensor actual = model.LongsToFloats("tokens", tokens, "maskige");
                CollectionAssert.AreEqual(expected.shape, actual.shape);
                double difference = (expected - actual).abs().max().item<float>();
                Assert.IsTrue(difference <= 0.05, $"[{batch}, {height}, {width}]: maskiges differ by {difference:g3} of 255.");
            }
        }
    }

    [TestMethod]
    public void At_twice_the_stride_tokens_are_those_of_the_halved_label_map_and_maskiges_come_back_doubled()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork network = Tokenizers.Compact(8).CreateNetwork(), plain = Tokenizers.Compact().CreateNetwork();
        Assert.AreEqual(("compact-vqvae-8", 8), (network.Name, network.Stride));
        var labels = new LabelMap(48, 32, [.. Enumerable.Range(0, 48 * 32).Select(i => (byte)((((i % 48) / 7) + (i / 48 / 5)) % 4))]);
        LabelMap half = labels.Resize(24, 16);
        Tensor tokens = network.Encode(Colored(labels)), expected = plain.Encode(Colored(half));
        TorchTest.AssertEqual(expected, tokens, "tokens");
        Tensor maskige = network.Decode(tokens), small = plain.Decode(expected);
        TorchTest.AssertEqual((small * 1000).round().to(int64), (maskige.slice(2, 0, 32, 2).slice(3, 1, 48, 2) * 1000).round().to(int64), "every second pixel");
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizers.Compact(16));

        static Tensor Colored(LabelMap map)
        {
            float[] planes = new float[3 * map.Ids.Length];
            MaskigePalette.MaximalDistance(4).Colorize(map.Ids, planes);
            return tensor(planes, [1, 3, map.Height, map.Width]);
        }
    }

    [TestMethod]
    public void The_files_have_the_promised_versions_and_free_dimensions()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork network = Tokenizers.Compact().CreateNetwork();
        ModelProto encoder = ModelProto.Parser.ParseFrom(TokenizerExport.EncoderToBytes(network));
        ModelProto decoder = ModelProto.Parser.ParseFrom(TokenizerExport.DecoderToBytes(network));
        foreach (ModelProto model in new[] { encoder, decoder })
        {
            Assert.AreEqual(8, model.IrVersion);
            Assert.AreEqual("17", string.Join(",", model.OpsetImport.Select(o => o.Version)));
        }

        Assert.AreEqual("maskige[batch,3,height,width]", OnnxStructure.Describe(encoder.Graph.Input.Single()));
        Assert.AreEqual("tokens[batch,rows,columns]", OnnxStructure.Describe(encoder.Graph.Output.Single()));
        Assert.AreEqual("tokens[batch,rows,columns]", OnnxStructure.Describe(decoder.Graph.Input.Single()));
        Assert.AreEqual("maskige[batch,3,height,width]", OnnxStructure.Describe(decoder.Graph.Output.Single()));
    }

    private static TokenizerNetwork Network(string kind) => kind switch
    {
        "compact" => Tokenizers.Compact().CreateNetwork(),
        "compact of stride 8" => Tokenizers.Compact(8).CreateNetwork(),
        _ => TinyTokenizers.Scalar(),
    };

    /// <summary>Tall blocks of palette colours, different in every image of the batch, 0..1.</summary>
    private static Tensor Maskiges(int batch, int height, int width)
    {
        MaskigePalette palette = MaskigePalette.MaximalDistance(19);
        float[] numbers = new float[batch * 3 * height * width];
        for (int i = 0; i < batch; i++)
        {
            byte[] ids = new byte[height * width];
            for (int p = 0; p < ids.Length; p++)
            {
                ids[p] = (byte)(((p / width / 13 * 5) + (p % width / 7 * 3) + i) % palette.Count);
            }

            palette.Colorize(ids, numbers.AsSpan(i * 3 * ids.Length, 3 * ids.Length));
        }

        return tensor(numbers).reshape(batch, 3, height, width);
    }
}
