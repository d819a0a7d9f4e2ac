using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Which cells a token loss looks at, against plain loops, and that the mean over many steps is that over all cells.</summary>
[TestClass]
public sealed class CountedTokensTests
{
    private const int Width = 30, Height = 18, Stride = 4, Columns = 8, Rows = 5, Vocabulary = 6;

    [TestMethod]
    public void All_cells_in_which_classes_meet_are_taken_and_a_share_of_the_others()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
        (Tensor labels, bool[] meets) = Labels();
        long[] tokens = Targets();
        int[] taken = new int[tokens.Length];
        const int steps = 400;
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope one = NewDisposeScope();
            foreach (long place in Choose(labels, tokens, tokenizer, 0.25, step).Places!.data<long>())
            {
                taken[place]++;
            }
        }

        for (int cell = 0; cell < tokens.Length; cell++)
        {
            (int least, int most) = tokens[cell] == PriorLosses.IgnoredToken ? (0, 0) : meets[cell] ? (steps, steps) : (steps / 7, steps * 2 / 5);
            Assert.IsInRange(least, most, taken[cell], $"cell {cell}");
        }
    }

    [TestMethod]
    public void The_mean_over_many_steps_is_the_mean_over_all_cells()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
        (Tensor labels, _) = Labels();
        long[] tokens = Targets();
        using var generator = new Generator(3, CPU);
        Tensor logits = rand([1, Vocabulary, 2 * Rows * Columns, 1], generator: generator) * 4, weights = rand([Vocabulary], generator: generator) + 0.5;

        // Written out: −log softmax at the target, by the weight of the target.
        double sum = 0, all = 0;
        float[] score = logits.data<float>().ToArray(), weight = weights.data<float>().ToArray();
        for (int cell = 0; cell < tokens.Length; cell++)
        {
            if (tokens[cell] != PriorLosses.IgnoredToken)
            {
                double Score(long token) => score[(token * tokens.Length) + cell];
                sum += weight[tokens[cell]] * (Math.Log(Enumerable.Range(0, Vocabulary).Sum(token => Math.Exp(Score(token)))) - Score(tokens[cell]));
                all += weight[tokens[cell]];
            }
        }

        double mean = 0;
        const int steps = 500;
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope one = NewDisposeScope();
            CountedTokens counted = Choose(labels, tokens, tokenizer, 0.25, step);
            mean += counted.Loss(logits.index_select(2, counted.Places!), weights).item<float>() / steps;
        }

        Assert.AreEqual(sum / all, mean, 0.01 * sum / all);
        Tensor everything = logits.reshape(1, Vocabulary, 2, Rows, Columns).permute(0, 2, 1, 3, 4).reshape(2, Vocabulary, Rows, Columns);
        Assert.AreEqual(sum / all, Choose(labels, tokens, tokenizer, 1, 0).Loss(everything, weights).item<float>(), 1e-5 * sum / all);
    }

    [TestMethod]
    public void A_step_draws_the_same_again_and_its_batches_go_on_drawing()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
        (Tensor labels, _) = Labels();
        long[] tokens = Targets();
        string Places(long step, int part) => string.Join(' ', Choose(labels, tokens, tokenizer, 0.25, step, part).Places!.data<long>());
        Assert.AreEqual(Places(5, 0), Places(5, 0));
        Assert.AreNotEqual(Places(5, 0), Places(6, 0));
        Assert.AreNotEqual(Places(5, 0), Places(5, 1));

        // One batch of four samples draws what two batches of two do.
        string large = string.Join(' ', Choose(cat([labels, labels], 0), [.. tokens, .. tokens], tokenizer, 0.25, 5).Places!.data<long>());
        Assert.AreEqual(large, Places(5, 0) + " " + string.Join(' ', Choose(labels, tokens, tokenizer, 0.25, 5, 1).Places!.data<long>().Select(place => place + tokens.Length)));
    }

    [TestMethod]
    public void Without_a_labelled_cell_the_loss_is_0()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
        long[] tokens = [.. Enumerable.Repeat(PriorLosses.IgnoredToken, 2 * Rows * Columns)];
        CountedTokens counted = Choose(Labels().Labels, tokens, tokenizer, 0.25, 0);
        Tensor logits = zeros([1, Vocabulary, 80, 1]).requires_grad_().index_select(2, counted.Places!);
        Tensor loss = counted.Loss(logits, null);
        Assert.AreEqual(0, loss.item<float>());
        loss.backward();
    }

    [TestMethod]
    public void Logits_of_chosen_cells_are_those_of_all()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        foreach (TokenHead head in new[] { TokenHeads.Light(), new ReferenceTokenHead(new ReferenceHeadSize(16, 24, 32, Heads: 4, Depth: 2), auxiliaryOnFused: false) })
        {
            using var network = new LatentPriorNetwork(new ResNet(18, 8, 8), 19, 4, seed: 1, head);
            network.Head.TieTokens();
            network.eval();
            using var generator = new Generator(4, CPU);
            network.Classifier.weight!.normal_(0, 0.2, generator);
            network.Head.Auxiliary!.weight!.normal_(0, 0.2, generator);
            network.Head.ClassShares!.copy_(rand(network.Head.ClassShares.shape, generator: generator));
            (Tensor features, Tensor? auxiliary) = network.Read(rand([2, 3, 40, 72], generator: generator) * 255, null);
            Tensor places = tensor(new long[] { 0, 7, 179, 180, 359 }), all = network.Head.Classify(features, auxiliary), chosen = network.Head.Classify(features, auxiliary, places);
            CollectionAssert.AreEqual(new long[] { 1, 19, 5, 1 }, chosen.shape);
            Tensor expected = all.permute(0, 2, 3, 1).reshape(-1, 19).index_select(0, places);
            Assert.IsLessThan(1e-4f, (chosen.squeeze(3).squeeze(0).t() - expected).abs().max().item<float>(), head.Name);
        }
    }

    private static CountedTokens Choose(Tensor labels, long[] tokens, TokenizerNetwork tokenizer, double share, long step, int part = 0) =>
        CountedTokens.Choose(tensor(tokens, [labels.shape[0], Rows, Columns]), labels, tokenizer, new GenerativeOptions { InteriorTokenShare = share, Seed = 9 }, new TrainingStep(step, part));

    /// <summary>Two label maps of blobs, and by plain loops in which cells classes meet; cells at the right and below are cut off.</summary>
    private static (Tensor Labels, bool[] Meets) Labels()
    {
        long[] ids = new long[2 * Width * Height];
        bool[] meets = new bool[2 * Rows * Columns];
        for (int i = 0; i < ids.Length; i++)
        {
            (int map, int y, int x) = (i / (Width * Height), i / Width % Height, i % Width);
            ids[i] = ((x / 7) + (y / (5 + map))) % 3;
        }

        for (int i = 0; i < ids.Length; i++)
        {
            (int map, int y, int x) = (i / (Width * Height), i / Width % Height, i % Width);
            int first = (map * Width * Height) + (y / Stride * Stride * Width) + (x / Stride * Stride);
            meets[(map * Rows * Columns) + (y / Stride * Columns) + (x / Stride)] |= ids[i] != ids[first];
        }

        return (tensor(ids, [2, Height, Width]), meets);
    }

    private static long[] Targets() => [.. Enumerable.Range(0, 2 * Rows * Columns).Select(i => i % 11 == 3 ? PriorLosses.IgnoredToken : i * 5 % Vocabulary)];
}
