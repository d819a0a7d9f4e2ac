using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class CompactFsqVaeTests
{
    [TestMethod]
    [DataRow(1, 1, 1, 1)]
    [DataRow(31, 57, 8, 15)]
    [DataRow(5, 200, 2, 50)]
    public void Encode_AnySize_GivesOneTokenForEachStartedCell(int height, int width, int rows, int columns)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using CompactFsqVae network = TinyTokenizers.Scalar();
        Tensor tokens = network.Encode(rand(2, 3, height, width));
        CollectionAssert.AreEqual(new long[] { 2, rows, columns }, tokens.shape);
        Assert.IsTrue(tokens.min().item<long>() >= 0 && tokens.max().item<long>() < 200);
        CollectionAssert.AreEqual(new long[] { 2, 3, rows * 4, columns * 4 }, network.Decode(tokens).shape);
    }

    [TestMethod]
    public void Encode_IsTheNearestCode_AndDecodeReadsThatCode()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using CompactFsqVae network = TinyTokenizers.Scalar();
        Tensor maskige = rand(2, 3, 60, 88);
        Tensor rows = network.Encoder.call(maskige).permute(0, 2, 3, 1);
        Tensor scores = (rows.unsqueeze(-2) - network.Codes).square().sum(-1).neg();
        Tensor tokens = scores.argmax(-1);
        Assert.IsGreaterThan(40, tokens.unique(sorted: true).output.shape[0], "too few different tokens show nothing");
        Assert.AreEqual(0, tokens.ne(network.Encode(maskige)).sum().item<long>());
        Tensor codes = network.Codes.index_select(0, tokens.flatten()).view(2, 15, 22, 3).permute(0, 3, 1, 2);
        Assert.AreEqual(0, (network.Decoder.call(codes) - network.Decode(tokens)).abs().max().item<float>(), 1e-6);
    }

    [TestMethod]
    public void Load_OfWhatSaveWrote_IsTheSameNetwork_WhateverItsWidths()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        using CompactFsqVae network = TinyTokenizers.Scalar(new CompactWidths(4, 20, 24, 12, 2), 5, 3, 4, 7);
        using CompactFile file = CompactFile.Open(TinyTokenizers.SaveTo(folder.File("tiny.safetensors"), network));
        Assert.AreEqual(("compact-fsq", 420), (file.Kind, file.VocabularySize));
        using TokenizerNetwork loaded = file.Read();
        Tensor maskige = rand(1, 3, 40, 44);
        Tensor tokens = network.Encode(maskige);
        CollectionAssert.AreEqual(tokens.data<long>().ToArray(), loaded.Encode(maskige).data<long>().ToArray());
        CollectionAssert.AreEqual(network.Decode(tokens).data<float>().ToArray(), loaded.Decode(tokens).data<float>().ToArray());
        CollectionAssert.AreEqual(network.Codes.data<float>().ToArray(), loaded.Codes.data<float>().ToArray());
    }

    [TestMethod]
    public void Training_BrokenOff_GoesOnToTheWeightsOfAnUnbrokenRun()
    {
        using DisposeScope scope = TorchTest.NewScope();
        var options = new TokenizerTrainingOptions { Steps = 4, BatchSize = 1, CropSize = 16, Seed = 5 };
        byte[] unbroken = Train(options);
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        options = options with { WorkspacePath = folder.FullName };
        Assert.Throws<OperationCanceledException>(() => Train(options with
        {
            CancellationToken = cancellation.Token,
            Progress = progress =>
            {
                if (progress.Step == 2)
                {
                    cancellation.Cancel();
                }
            },
        }));
        CollectionAssert.AreEqual(unbroken, Train(options));
    }

    [TestMethod]
    public void Training_OnOneBatch_HalvesItsLoss()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using CompactFsqVae network = TinyTokenizers.Trainable();
        var options = new TokenizerTrainingOptions { BatchSize = 1, CropSize = 32, Seed = 1, ContinuousSteps = 0 };
        using var objective = new TokenizerObjective(network.Encoder, network.Decoder, new ScalarRounding(network.Quantizer), options, network.Name);
        TokenizerBatch batch = TokenizerBatch.Draw(options, step: 7);
        using var optimizer = new AdamW(objective.Parameters);
        var losses = new List<double>();
        for (int step = 0; step < 60; step++)
        {
            using DisposeScope one = NewDisposeScope();
            optimizer.ZeroGradients();
            Tensor loss = objective.Loss(batch, new(step, 0));
            loss.backward();
            optimizer.Step(5e-3);
            losses.Add(loss.item<float>());
        }

        Assert.IsLessThan(0.5 * losses[0], losses[^1]);
    }

    private static byte[] Train(TokenizerTrainingOptions options)
    {
        using CompactFsqVae network = TinyTokenizers.Trainable();
        TokenizerTraining.Run(network, options);
        using var stream = new MemoryStream();
        network.Save(stream);
        return stream.ToArray();
    }
}
