using GSS.Core.OnnxSchema;
using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class PriorExportTests
{
    [TestMethod]
    [DataRow(18, false, 4)]
    [DataRow(50, false, 4)]
    [DataRow(18, false, 8)]
    [DataRow(18, true, 4)]
    [DataRow(18, true, 8)]
    public void Logits_are_those_of_the_network_at_any_batch_and_size(int depth, bool referenceHead, int stride)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        TokenHead head = referenceHead ? new ReferenceTokenHead(new ReferenceHeadSize(16, 24, 32, Heads: 4, Depth: 3), auxiliaryOnFused: false) : TokenHeads.Light();
        using LatentPriorNetwork network = Trained(depth, head, stride);
        using var model = new OnnxRun(PriorExport.LogitsToBytes(network));
        using var generator = new Generator(3, CPU);
        foreach ((long batch, long height, long width) in new (long, long, long)[] { (1, 31, 57), (3, 31, 57), (1, 1, 1), (3, 5, 200), (2, 64, 64), (1, 360, 480) })
        {
            using DisposeScope one = NewDisposeScope();
            Tensor image = rand([batch, 3, height, width], generator: generator) * 255;
            Tensor expected = network.call(image);
            Tensor actual = model.FloatsToFloats("image", image, "logits");
            CollectionAssert.AreEqual(expected.shape, actual.shape);
            double scale = expected.abs().max().item<float>();
            Assert.IsTrue(scale is > 0.1 and < 100, $"logits up to {scale} show nothing");
            double difference = (expected - actual).abs().max().item<float>();
            Assert.IsTrue(difference <= 1e-4, $"[{batch}, 3, {height}, {width}]: the logits differ by {difference:g3}.");
        }
    }

    [TestMethod]
    public void A_network_in_training_mode_is_written_as_it_scores()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using LatentPriorNetwork network = Trained(18);
        byte[] expected = PriorExport.ToBytes(network);
        network.train();
        CollectionAssert.AreEqual(expected, PriorExport.ToBytes(network));
    }

    [TestMethod]
    public void The_file_has_the_promised_versions_and_free_dimensions_and_no_normalisation_left()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using LatentPriorNetwork network = Trained(18);
        ModelProto model = ModelProto.Parser.ParseFrom(PriorExport.ToBytes(network));
        Assert.AreEqual(8, model.IrVersion);
        Assert.AreEqual("17", string.Join(",", model.OpsetImport.Select(o => o.Version)));
        Assert.AreEqual("image[batch,3,height,width] with_confidence[]", string.Join(' ', model.Graph.Input.Select(OnnxStructure.Describe)));
        Assert.AreEqual("tokens[batch,rows,columns] confidence[batch,rows_or_none,columns]", string.Join(' ', model.Graph.Output.Select(OnnxStructure.Describe)));
        Assert.IsFalse(model.Graph.Node.Any(n => n.OpType == "BatchNormalization"));

        // The stem, 16 in the blocks and 3 shortcuts; 4 laterals, fusion, context, projection. The classifier is a product in the decision.
        Assert.AreEqual(20 + 7, model.Graph.Node.Count(n => n.OpType == "Conv"));
    }

    /// <summary>A small network whose normalisations have statistics as after training: none is the identity.</summary>
    private static LatentPriorNetwork Trained(int depth, TokenHead? head = null, int stride = 4)
    {
        using IDisposable noGradient = no_grad();
        var network = new LatentPriorNetwork(new ResNet(depth, 8, 8), outputChannels: 19, auxiliaryChannels: 4, seed: 1, head, stride);
        using var generator = new Generator(2, CPU);
        foreach (nn.Module module in network.modules())
        {
            if (module is BatchNorm2d norm)
            {
                norm.weight!.uniform_(0.4, 0.8, generator);
                norm.bias!.normal_(0, 0.2, generator);
                norm.running_mean!.normal_(0, 0.3, generator);
                norm.running_var!.uniform_(0.5, 2, generator);
            }
        }

        network.Classifier.weight!.normal_(0, 0.2, generator);
        network.Classifier.bias!.normal_(0, 0.2, generator);
        network.eval();
        return network;
    }
}
