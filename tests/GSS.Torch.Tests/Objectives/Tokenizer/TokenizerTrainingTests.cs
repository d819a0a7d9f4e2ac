using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class TokenizerTrainingTests
{
    private static readonly TokenizerTrainingOptions s_short = new() { Steps = 4, ContinuousSteps = 2, BatchSize = 1, CropSize = 16, Seed = 5 };

    [TestMethod]
    public void Run_QuantizesAfterTheContinuousSteps_WithACodebookFromTheFirstOfThem()
    {
        TorchNative.EnsureLoaded();
        using var network = new CompactVqVae(32);
        using var quantizer = new Recorder();
        var stepsReported = new List<int>();
        TokenizerTraining.Run(network.Encoder, network.Decoder, quantizer, s_short with { Report = stepsReported.Add, ReportEvery = 3 });
        CollectionAssert.AreEqual(new[] { "start", "quantize", "quantize" }, quantizer.Calls);
        CollectionAssert.AreEqual(new[] { 3, 4 }, stepsReported);
    }

    [TestMethod]
    public void Run_ForANetworkTrainedBefore_KeepsItsCodebook()
    {
        TorchNative.EnsureLoaded();
        using var network = new CompactVqVae(32);
        using var quantizer = new Recorder();
        TokenizerTraining.Run(network.Encoder, network.Decoder, quantizer, s_short with { GoOn = true, ContinuousSteps = 0, Steps = 1 });
        CollectionAssert.AreEqual(new[] { "quantize" }, quantizer.Calls);
    }

    [TestMethod]
    public void CodebookAverages_Quantize_GivesTheNearestEntryAndMovesItTowardsTheCodes()
    {
        TorchNative.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var entries = new VectorQuantizer(2, 1);
        entries.Codebook.copy_(tensor(new[] { -1f, 1f }, [2, 1]));
        using var averages = new CodebookAverages(entries, decay: 0.5, seed: 1);
        Tensor codes = tensor(new[] { -2f, 3f }, [1, 1, 1, 2]).requires_grad_();
        (Tensor quantized, Tensor commitment) = averages.Quantize(codes);
        CollectionAssert.AreEqual(new[] { -1f, 1f }, quantized.data<float>().ToArray());

        // 0.25 times the mean of 1 and 4; the averages of counts stay 1, those of codes go half way.
        Assert.AreEqual(0.625f, commitment.item<float>(), 1e-6f);
        CollectionAssert.AreEqual(new[] { -1.5f, 2f }, entries.Codebook.data<float>().ToArray());
        quantized.sum().backward();
        CollectionAssert.AreEqual(new[] { 1f, 1f }, codes.grad!.data<float>().ToArray());
    }

    [TestMethod]
    [DataRow(1, 3, DisplayName = "before quantisation, whose noise goes on")]
    [DataRow(3, 5, DisplayName = "after the codebook was chosen")]
    public void Run_BrokenOffAnywhere_GoesOnToTheWeightsOfAnUnbrokenOne(int brokenAfter, int steps)
    {
        TokenizerTrainingOptions options = s_short with { Steps = steps };
        byte[] unbroken = Train(options);
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        options = options with { WorkspacePath = folder.FullName };
        Assert.Throws<OperationCanceledException>(() => Train(options with
        {
            CancellationToken = cancellation.Token,
            Progress = progress =>
            {
                if (progress.Step == brokenAfter)
                {
                    cancellation.Cancel();
                }
            },
        }));
        CollectionAssert.AreEqual(unbroken, Train(options));

        static byte[] Train(TokenizerTrainingOptions options)
        {
            TorchNative.EnsureLoaded();
            using CompactVqVae network = CompactVqVae.FromPackage();
            foreach (var parameter in network.Encoder.parameters().Concat(network.Decoder.parameters()))
            {
                parameter.requires_grad = true;
            }

            TokenizerTraining.Run(network, options);
            using var stream = new MemoryStream();
            network.Save(stream);
            return stream.ToArray();
        }
    }

    [TestMethod]
    public void CodebookAverages_Restored_GoOnAlike()
    {
        TorchNative.EnsureLoaded();
        using var scope = NewDisposeScope();
        using VectorQuantizer first = new(8, 2), second = new(8, 2);
        using CodebookAverages known = new(first, 0.5, seed: 1), restored = new(second, 0.5, seed: 2);
        Tensor codes = randn(1, 2, 5, 5);
        known.StartFrom(codes);
        known.Quantize(codes);
        Dictionary<string, Tensor> kept = known.State.ToDictionary(entry => entry.Name, entry => entry.Value.clone());
        restored.Restore(name => kept[name]);
        known.Quantize(codes);
        restored.Quantize(codes);
        CollectionAssert.AreEqual(first.Codebook.data<float>().ToArray(), second.Codebook.data<float>().ToArray());

        // What is drawn at random from here on is the same too.
        Tensor many = randn(1, 2, 9, 9);
        known.StartFrom(many);
        restored.StartFrom(many);
        CollectionAssert.AreEqual(first.Codebook.data<float>().ToArray(), second.Codebook.data<float>().ToArray());
    }

    private sealed class Recorder : ITrainingQuantizer, IDisposable
    {
        private readonly Tensor _none = zeros(1);

        public List<string> Calls { get; } = [];

        public void StartFrom(Tensor codes) => Calls.Add("start");

        public (Tensor Quantized, Tensor Commitment) Quantize(Tensor codes)
        {
            Calls.Add("quantize");
            return (codes, _none);
        }

        public long InUse() => 0;

        public void Dispose() => _none.Dispose();
    }
}
