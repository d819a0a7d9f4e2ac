using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class WeightLoadingTests
{
    [TestMethod]
    public void Encoder_weights_are_read_by_key()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string path = folder.File("encoder.safetensors");
        ImageEncoder description = Encoder(path);
        using EncoderNetwork source = description.CreateNetwork(), target = description.CreateNetwork();
        Dictionary<string, Tensor> state = Randomized(source);

        // torchvision's files carry the classifier and may lack the batch counters.
        Write(path, [("fc.weight", zeros(10, 4)), ("fc.bias", zeros(10)), .. state.Where(e => !e.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Select(e => (e.Key, e.Value)).Reverse()]);
        Assert.IsFalse(Same(state, target.state_dict()));
        description.LoadWeights(target);
        Assert.IsTrue(Same(state, target.state_dict()));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("module.")]
    public void The_backbone_of_a_whole_model_fills_an_encoder(string wrapper)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        var description = new ResNetEncoder("small", 50, path, stemChannels: 8, baseChannels: 4, ResNetForm.DilatedV1c);
        using EncoderNetwork source = description.CreateNetwork(), target = description.CreateNetwork();
        Dictionary<string, Tensor> state = Randomized(source);
        Write(path, [.. state.Select(e => ($"{wrapper}backbone.{e.Key}", e.Value)), ($"{wrapper}decode_head.conv_seg.weight", zeros(3)), ($"{wrapper}decode_head.d_vae.encoder.blocks.input.w", zeros(3))]);
        Assert.IsFalse(Same(state, target.state_dict()));
        description.LoadWeights(target);
        Assert.IsTrue(Same(state, target.state_dict()));
    }

    [TestMethod]
    public void Every_mismatch_is_listed()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string path = folder.File("encoder.safetensors");
        ImageEncoder description = Encoder(path);
        using EncoderNetwork network = description.CreateNetwork();
        Dictionary<string, Tensor> state = network.state_dict().ToDictionary();
        float[] before = [.. state["conv1.weight"].detach().flatten().data<float>()];
        state["conv1.weight"] = zeros(state["conv1.weight"].shape);
        state.Remove("bn1.bias");
        state["bn1.weight"] = zeros(3);
        state["extra"] = zeros(1);
        Write(path, [.. state.Select(e => (e.Key, e.Value))]);

        string message = Assert.ThrowsExactly<WeightFileException>(() => description.LoadWeights(network)).Message;
        Assert.AreEqual(
            $"The weight file '{path}' does not fit small, which has {network.state_dict().Count} tensors: 1 missing ('bn1.bias' [4]); 1 of another shape ('bn1.weight' is [3] instead of [4]); 1 unexpected ('extra'); "
            + "name the file of that very network, or export its weights under their usual names.",
            message);
        CollectionAssert.AreEqual(before, network.state_dict()["conv1.weight"].detach().flatten().data<float>().ToArray(), "nothing was copied");
    }

    [TestMethod]
    public void Of_many_mismatches_the_first_are_named_and_all_are_counted()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        string path = folder.File("encoder.safetensors");
        ImageEncoder description = Encoder(path);
        using EncoderNetwork network = description.CreateNetwork();
        Write(path, [.. Enumerable.Range(0, 1000).Select(i => ($"other.{i}", zeros(1)))]);
        string message = Assert.ThrowsExactly<WeightFileException>(() => description.LoadWeights(network)).Message;
        StringAssert.Contains(message, "1000 unexpected ('other.0', ");
        StringAssert.Contains(message, "'other.7' and 992 more)");
        Assert.IsLessThan(1500, message.Length);
    }

    private static ResNetEncoder Encoder(string path) => new("small", 18, path, stemChannels: 4, baseChannels: 4);

    private static Dictionary<string, Tensor> Randomized(nn.Module network)
    {
        Dictionary<string, Tensor> state = network.state_dict();
        using IDisposable noGradient = no_grad();
        foreach (Tensor value in state.Values.Where(value => value.is_floating_point()))
        {
            value.normal_();
        }

        return state;
    }

    private static bool Same(Dictionary<string, Tensor> first, Dictionary<string, Tensor> second)
        => first.All(entry => entry.Value.bytes.SequenceEqual(second[entry.Key].bytes));

    private static void Write(string path, List<(string, Tensor)> tensors)
    {
        using FileStream stream = File.Create(path);
        SafeTensorsWriter.Write(stream, tensors);
    }
}
