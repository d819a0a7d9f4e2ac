using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Tokens tied to classes: logit of token v + Σ_c N[v, c] · log softmax(auxiliary logits)_c, written out with plain loops, and the same in ONNX.</summary>
[TestClass]
public sealed class TiedTokensTests
{
    private const int Vocabulary = 19;
    private const int Classes = 4;

    private static readonly TokenHead[] s_heads =
    [
        TokenHeads.Light(),
        new ReferenceTokenHead(new ReferenceHeadSize(16, 24, 32, Heads: 4, Depth: 3), auxiliaryOnFused: true),
        new ReferenceTokenHead(new ReferenceHeadSize(16, 24, 32, Heads: 4, Depth: 3), auxiliaryOnFused: false),
    ];

    [TestMethod]
    [DataRow(0, 4)]
    [DataRow(0, 8)]
    [DataRow(1, 4)]
    [DataRow(2, 4)]
    [DataRow(2, 8)]
    public void A_logit_gets_the_log_probabilities_of_the_classes_by_their_shares(int head, int stride)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using LatentPriorNetwork plain = Make(s_heads[head], stride), tied = Make(s_heads[head], stride);
        tied.Head.TieTokens();
        tied.Head.ClassShares!.copy_(Shares());
        using var generator = new Generator(5, CPU);
        Tensor image = rand([2, 3, 40, 72], generator: generator) * 255;
        (Tensor logits, Tensor? auxiliary) = plain.ForwardWithAuxiliary(image, null);
        Tensor classes = auxiliary!.shape.AsSpan(2).SequenceEqual(logits.shape.AsSpan(2)) ? auxiliary : nn.functional.interpolate(auxiliary, logits.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false);
        (float[,,,] expected, float[,,,] scores) = (Array(logits), Array(classes));
        for (int b = 0; b < scores.GetLength(0); b++)
        {
            for (int y = 0; y < scores.GetLength(2); y++)
            {
                for (int x = 0; x < scores.GetLength(3); x++)
                {
                    double sum = Enumerable.Range(0, Classes).Sum(c => Math.Exp(scores[b, c, y, x]));
                    for (int v = 0; v < Vocabulary; v++)
                    {
                        expected[b, v, y, x] += (float)Enumerable.Range(0, Classes).Sum(c => Share(v, c) * (scores[b, c, y, x] - Math.Log(sum)));
                    }
                }
            }
        }

        float[,,,] found = Array(tied.call(image));
        Assert.IsLessThan(1e-4f, expected.Cast<float>().Zip(found.Cast<float>(), (a, b) => Math.Abs(a - b)).Max());
        Assert.IsGreaterThan(0.1f, found.Cast<float>().Zip(Array(logits).Cast<float>(), (a, b) => Math.Abs(a - b)).Max(), "the tie changes nothing");
    }

    [TestMethod]
    [DataRow(0, 4)]
    [DataRow(0, 8)]
    [DataRow(1, 4)]
    [DataRow(2, 4)]
    [DataRow(2, 8)]
    public void Exported_logits_and_tokens_are_those_of_the_network_at_any_size(int head, int stride)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using LatentPriorNetwork network = Make(s_heads[head], stride);
        network.Head.TieTokens();
        network.Head.ClassShares!.copy_(Shares());
        using var model = new OnnxRun(PriorExport.LogitsToBytes(network));
        using var decided = new OnnxRun(PriorExport.ToBytes(network));
        using var generator = new Generator(6, CPU);
        foreach ((long batch, long height, long width) in new (long, long, long)[] { (1, 31, 57), (3, 5, 200), (2, 64, 64) })
        {
            using DisposeScope one = NewDisposeScope();
            Tensor image = rand([batch, 3, height, width], generator: generator) * 255;
            Tensor expected = network.call(image);
            Assert.IsLessThan(1e-4f, (expected - model.FloatsToFloats("image", image, "logits")).abs().max().item<float>());
            CollectionAssert.AreEqual(expected.argmax(1).data<long>().ToArray(), decided.Tokens(image));
        }
    }

    // A void pixel, and a cell that is cut off: 5 × 3 labels are 2 × 1 cells.
    [TestMethod]
    public void Each_labelled_pixel_of_a_cell_is_counted_for_its_token_and_its_quarter()
    {
        double[,,] counts = new double[Vocabulary, TokenClasses.Quarters, Classes];
        byte[] labels =
        [
            0, 0, 1, 1, 3,
            0, 0, 1, LabelMap.Void, 3,
            2, 2, 2, 2, 3,
        ];
        TokenClasses.Add(counts, [7, 11], labels, width: 5, stride: 4);
        double[] Of(int token, int quarter) => [.. Enumerable.Range(0, Classes).Select(value => counts[token, quarter, value])];
        CollectionAssert.AreEqual(new double[] { 4, 0, 0, 0 }, Of(7, 0));
        CollectionAssert.AreEqual(new double[] { 0, 3, 0, 0 }, Of(7, 1));
        CollectionAssert.AreEqual(new double[] { 0, 0, 2, 0 }, Of(7, 2));
        CollectionAssert.AreEqual(new double[] { 0, 0, 2, 0 }, Of(7, 3));
        CollectionAssert.AreEqual(new double[] { 0, 0, 0, 2 }, Of(11, 0));
        CollectionAssert.AreEqual(new double[] { 0, 0, 0, 1 }, Of(11, 2));
        Assert.AreEqual(14, counts.Cast<double>().Sum());
    }

    // Token 0: 16 pixels, all of class 0 but the lower right quarter of class 1. Token 1 never occurred. In all, 3 of 4 pixels are of class 0.
    // N of token 0 is (12 + 16 × 0.75) / 32 and (4 + 16 × 0.25) / 32; its upper left quarter is (4 + 4 × 0.75) / 8 and 0.25 × 4 / 8, its lower right (0 + 3) / 8 and (4 + 1) / 8.
    [TestMethod]
    public void What_a_token_shows_leans_to_what_is_common_the_less_it_was_seen()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Tensor counts = tensor(new double[] { 4, 0, 4, 0, 4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0 }).reshape(2, TokenClasses.Quarters, 2);
        Tensor shares = TokenClasses.Shares(counts, stride: 4), pictures = TokenClasses.Pictures(counts, shares, stride: 4);
        CollectionAssert.AreEqual(new[] { 0.75, 0.25, 0.75, 0.25 }, shares.data<double>().ToArray());
        CollectionAssert.AreEqual(new[] { 7 / 8.0, 1 / 8.0, 7 / 8.0, 1 / 8.0, 7 / 8.0, 1 / 8.0, 3 / 8.0, 5 / 8.0 }, pictures[0].contiguous().data<double>().ToArray());
        CollectionAssert.AreEqual(new[] { 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25 }, pictures[1].contiguous().data<double>().ToArray());

        // Nothing was labelled at all.
        CollectionAssert.AreEqual(new[] { 0.5, 0.5 }, TokenClasses.Shares(zeros([1, TokenClasses.Quarters, 2], ScalarType.Float64), stride: 4).data<double>().ToArray());
    }

    // 4 × 40 numbers, of which 50 are free: the products of all pairs of codes are those of the pictures.
    [TestMethod]
    public void Shorter_codes_have_the_products_of_the_pictures()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var generator = new Generator(5, CPU);
        Tensor pictures = rand([90, 50], generator: generator).matmul(rand([50, 160], generator: generator)).reshape(90, TokenClasses.Quarters, 40), rows = pictures.flatten(1);
        Tensor codes = TokenClasses.Codes(pictures.to(ScalarType.Float64)), wanted = rows.matmul(rows.t()).to(ScalarType.Float64);
        CollectionAssert.AreEqual(new long[] { 90, TokenClasses.CodeLength }, codes.shape);
        Assert.IsLessThan(1e-4, ((codes.matmul(codes.t()) - wanted).abs().max() / wanted.abs().max()).item<double>());

        // Few classes are left as they are.
        Assert.IsTrue(TokenClasses.Codes(pictures[.., .., ..16]).Equals(pictures[.., .., ..16].flatten(1)));
    }

    // Half of token 0's pixels are of a class that weighs 5, all of token 1's of one that weighs 1.
    [TestMethod]
    public void A_token_weighs_what_its_pixels_weigh()
    {
        using DisposeScope scope = TorchTest.NewScope();
        CollectionAssert.AreEqual(new float[] { 3, 1 }, TokenClasses.Weights(tensor(new float[,] { { 0.5f, 0.5f }, { 1, 0 } }), tensor(new float[] { 1, 5 })).data<float>().ToArray());
    }

    [TestMethod]
    public void Void_takes_the_class_that_its_cell_shows_most()
    {
        const byte none = LabelMap.Void;
        CollectionAssert.AreEqual(
            new byte[]
            {
                3, 3, 1, 1, none,
                3, 0, 1, 2, none,
                7, 7, 5, 5, 4,
            },
            TokenClasses.FillVoid(
                [
                    3, 3, none, 1, none,
                    none, 0, 1, 2, none,
                    7, none, none, 5, 4,
                ],
                width: 5,
                stride: 2));
    }

    [TestMethod]
    public void Void_does_not_change_what_a_token_means()
    {
        // The left half is class 1, the right class 2, the seam between two cells; void covers a part of either. Filled with class 0, as before, the cells' tokens would be those of class 0.
        byte[] labels = [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(i % 64 < 32 ? 1 : 2))];
        byte[] holes = [.. labels.Select((label, i) => i % 64 % 8 == 3 ? LabelMap.Void : label)];
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior whole = Train(labels), broken = Train(holes);
        Tensor difference = whole.Network.Head.ClassShares! - broken.Network.Head.ClassShares!;
        Assert.IsLessThan(0.02f, difference.abs().max().item<float>());

        static TrainedPrior Train(byte[] ids) => TinyTraining.Run(
            new MemorySamples(8, _ => (new RgbImage(64, 64), new LabelMap(64, 64, ids))), TinyTraining.Options(null) with { Epochs = 1, CropWidth = 64, CropHeight = 64 });
    }

    [TestMethod]
    [DataRow(TrainingRecipe.Balanced)]
    [DataRow(TrainingRecipe.Reference)]
    public void Class_weights_weigh_tokens_but_not_by_the_recipe_of_the_reference(TrainingRecipe recipe)
    {
        double First(ClassWeighting weighting) => TinyTraining.FirstTokenLoss(TinyTraining.Options(null) with { Recipe = recipe, ClassWeights = weighting });

        double same = First(ClassWeighting.None), weighted = First(ClassWeighting.Enet);
        if (recipe == TrainingRecipe.Reference)
        {
            Assert.AreEqual(same, weighted);
        }
        else
        {
            // Rare tokens, of which the classifier's first biases expect little, weigh more.
            Assert.IsGreaterThan(1.1 * same, weighted);
        }
    }

    [TestMethod]
    public void Training_fills_the_shares_and_a_token_that_never_occurred_has_those_of_all_pixels()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior trained = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { ClassTiedTokens = true, Epochs = 1 });
        Tensor shares = trained.Network.Head.ClassShares!.flatten(1);
        CollectionAssert.AreEqual(new long[] { trained.Tokenizer.VocabularySize, 3 }, shares.shape);
        Assert.IsLessThan(1e-5f, (shares.sum(1) - 1).abs().max().item<float>());
        float[][] rows = [.. Enumerable.Range(0, (int)shares.shape[0]).Select(v => shares[v].data<float>().ToArray())];

        // Nine label maps have a few dozen tokens of 1024: the row that most have is that of the others.
        float[] unseen = rows.GroupBy(row => string.Join(' ', row)).MaxBy(group => group.Count())!.First();
        long[] pixels = new long[3];
        for (int i = 0; i < 9; i++)
        {
            foreach (byte id in TinyTraining.Samples().Read(i).Labels.Ids)
            {
                pixels[Math.Min((int)id, 2)] += id < 3 ? 1 : 0;
            }
        }

        // Crops of the labels, not all of them, are counted.
        Assert.AreEqual(pixels[0] / (double)pixels.Sum(), unseen[0], 0.1);
        Assert.IsGreaterThan(0.9f, rows.Max(row => row[1]), "no token stands for a bar");
    }

    [TestMethod]
    public void A_run_that_was_cancelled_goes_on_with_its_shares_and_weights_of_tokens()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var folder = new TemporaryFolder();
        GenerativeOptions options = TinyTraining.Options(null) with { ClassTiedTokens = true, ClassWeights = ClassWeighting.Enet };
        using TrainedPrior unbroken = TinyTraining.Run(TinyTraining.Samples(), options);
        using var cancellation = new CancellationTokenSource();
        options.WorkspacePath = folder.File("workspace");
        Assert.Throws<OperationCanceledException>(() => TinyTraining.Run(TinyTraining.Samples(), options with
        {
            CancellationToken = cancellation.Token,
            Progress = progress =>
            {
                if (progress.Step == 3)
                {
                    cancellation.Cancel();
                }
            },
        }));
        using TrainedPrior continued = TinyTraining.Run(TinyTraining.Samples(), options);
        Assert.AreEqual(TinyTraining.Hash(unbroken), TinyTraining.Hash(continued));
        Assert.Throws<WorkspaceException>(() => TinyTraining.Run(TinyTraining.Samples(), options with { ClassTiedTokens = false }));
    }

    [TestMethod]
    public void Without_an_auxiliary_loss_nothing_is_tied()
    {
        string message = Assert.Throws<ArgumentException>(() => TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null) with { ClassTiedTokens = true, AuxiliaryLossWeight = 0 })).Message;
        Assert.Contains("AuxiliaryLossWeight is 0, expected above 0 where ClassTiedTokens is true", message);
        using DisposeScope scope = TorchTest.NewScope();
        using var network = new LatentPriorNetwork(new ResNet(18, 8, 8), Vocabulary, auxiliaryChannels: 0, seed: 1);
        Assert.Throws<InvalidOperationException>(network.Head.TieTokens);
    }

    private static double Share(int token, int value) => ((token * 7) + (value * 5) + 1) % 11 / (double)Enumerable.Range(0, Classes).Sum(c => ((token * 7) + (c * 5) + 1) % 11);

    private static Tensor Shares() => tensor([.. Enumerable.Range(0, Vocabulary * Classes).Select(i => (float)Share(i / Classes, i % Classes))], [Vocabulary, Classes, 1, 1]);

    private static float[,,,] Array(Tensor tensor)
    {
        float[,,,] values = new float[tensor.shape[0], tensor.shape[1], tensor.shape[2], tensor.shape[3]];
        Buffer.BlockCopy(tensor.contiguous().data<float>().ToArray(), 0, values, 0, (int)tensor.numel() * sizeof(float));
        return values;
    }

    private static LatentPriorNetwork Make(TokenHead head, int stride)
    {
        var network = new LatentPriorNetwork(new ResNet(18, 8, 8), Vocabulary, Classes, seed: 1, head, stride);
        using var generator = new Generator(2, CPU);
        network.Classifier.weight!.normal_(0, 0.2, generator);
        network.Head.Auxiliary!.weight!.normal_(0, 0.2, generator);
        network.eval();
        return network;
    }
}
