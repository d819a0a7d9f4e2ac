using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class SwinBlocksExportTests
{
    [TestMethod]
    public void Tokens_are_those_of_the_blocks_at_any_batch_and_size()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator(2, CPU);
        using var sequence = new SwinBlockSequence(12, heads: 3, depth: 3, window: 4, feedForwardChannels: 20);
        foreach ((string name, var parameter) in sequence.named_parameters())
        {
            // The bias table is large enough here that a wrong window or mask shows.
            parameter.normal_(0, name.Contains("table", StringComparison.Ordinal) ? 1 : 0.3, generator);
        }

        var graph = new OnnxGraph("blocks");
        OnnxValue tokens = graph.Input("tokens", OnnxType.Float, "batch", "height", "width", 12);
        graph.Output(sequence.ToOnnx(graph, tokens), "out", OnnxType.Float, "batch", "height", "width", 12);
        using var model = new OnnxRun(graph.ToBytes());
        foreach ((long batch, long height, long width) in new (long, long, long)[] { (1, 8, 8), (2, 9, 13), (3, 1, 1), (1, 3, 17), (2, 4, 5) })
        {
            Tensor map = randn([batch, height, width, 12], generator: generator);
            Tensor expected = sequence.call(map), actual = model.FloatsToFloats("tokens", map, "out");
            CollectionAssert.AreEqual(expected.shape, actual.shape);
            double difference = (expected - actual).abs().max().item<float>();
            Assert.IsTrue(difference <= 1e-4, $"[{batch}, {height}, {width}, 12]: the tokens differ by {difference:g3}.");
        }
    }
}
