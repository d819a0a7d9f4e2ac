using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class OutputFrequenciesTests
{
    [TestMethod]
    public void The_first_biases_are_the_logarithms_of_how_often_each_token_is_the_target()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior prior = Untrained();
        MemorySamples samples = TinyTraining.Samples();
        SetBiases(prior, samples);

        double[] counts = Enumerable.Repeat(1.0, prior.Tokenizer.VocabularySize).ToArray();
        for (int i = 0; i < samples.Count; i++)
        {
            // The topmost row of pixels is void; it counts as the class that the rest of its cell shows most.
            LabelMap labels = samples.Read(i).Labels;
            int stride = prior.Tokenizer.Stride;
            byte Below(int x) => Enumerable.Range(stride, (stride - 1) * stride)
                .Select(place => labels[(x / stride * stride) + (place % stride), place / stride]).GroupBy(id => id).MaxBy(group => group.Count())!.Key;
            byte[] ids = [.. labels.Ids.ToArray().Select((id, place) => id == LabelMap.Void ? Below(place) : id)];
            Assert.IsTrue(labels.Ids[..labels.Width].IndexOfAnyExcept(LabelMap.Void) < 0 && ids.All(id => id != LabelMap.Void));
            float[] planes = [.. Enumerable.Range(0, 3).SelectMany(channel => ids.Select(id => prior.Palette.Colors[id] switch
            {
                var color => (channel == 0 ? color.R : channel == 1 ? color.G : color.B) / 255f,
            }))];
            foreach (long token in prior.Tokenizer.Encode(tensor(planes, [1, 3, labels.Height, labels.Width])).data<long>().ToArray())
            {
                counts[token]++;
            }
        }

        AssertBiases(counts, prior);
    }

    [TestMethod]
    public void A_per_pixel_head_begins_with_the_frequencies_of_the_classes_void_not_counted()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPerPixel prior = new(new LatentPriorNetwork(TinyTraining.Options(null).Encoder.CreateNetwork(), 3, 0, seed: 1), TinyTraining.Classes, CPU);
        var samples = new MemorySamples(100, i => (new RgbImage(4, 1), new LabelMap(4, 1, [0, 0, (byte)(i < 50 ? 0 : 1), LabelMap.Void])));
        new PerPixelObjective(TinyTraining.PerPixel(null), samples, null, prior).Prepare(CancellationToken.None);

        // 32 of the 100 are read, spread evenly: half of them lie in the second half, where class 1 is.
        Assert.AreEqual(OutputFrequencies.SampleCount, samples.Reads);
        AssertBiases([1 + (3 * 16) + (2 * 16), 1 + 16, 1], prior);
    }

    [TestMethod]
    public void Void_in_a_cell_does_not_change_which_tokens_are_common()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior whole = Untrained(), broken = Untrained();
        byte[] labels = [.. Enumerable.Repeat((byte)1, 64 * 64)];
        SetBiases(whole, Samples(labels));
        SetBiases(broken, Samples([.. labels.Select((label, i) => i % 8 == 3 ? LabelMap.Void : label)]));
        CollectionAssert.AreEqual(whole.Network.Classifier.bias!.data<float>().ToArray(), broken.Network.Classifier.bias!.data<float>().ToArray());

        static MemorySamples Samples(byte[] ids) => new(4, _ => (new RgbImage(64, 64), new LabelMap(64, 64, ids)));
    }

    [TestMethod]
    public void Without_a_labelled_pixel_all_outputs_stay_equal()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior prior = Untrained();
        SetBiases(prior, new MemorySamples(2, _ => (new RgbImage(8, 8), new LabelMap(8, 8, Enumerable.Repeat(LabelMap.Void, 64).ToArray()))));
        AssertBiases([.. Enumerable.Repeat(1.0, prior.Tokenizer.VocabularySize)], prior);
    }

    [TestMethod]
    public void No_photograph_is_decoded_and_no_more_than_a_crop_of_each_label_map_is_encoded()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior prior = Untrained();
        var samples = new LabelsAlone();
        SetBiases(prior, samples, crop: 32);

        // 32 crops of 8×8 tokens, all of class 1: one token has them all.
        float[] biases = prior.Network.Classifier.bias!.data<float>().ToArray();
        double all = prior.Tokenizer.VocabularySize + (32 * 64);
        Assert.AreEqual(Math.Log(((32 * 64) + 1) / all), biases.Max(), 0.35);
        Assert.AreEqual(1, biases.Sum(bias => Math.Exp(bias)), 1e-3);
        Assert.AreEqual(Math.Log(1 / all), biases.Min(), 1e-3);
    }

    /// <summary>Large label maps without photographs.</summary>
    private sealed class LabelsAlone : ISegmentationSamples
    {
        public int Count => 40;

        public string Describe(int index) => $"sample {index}";

        public (RgbImage Image, LabelMap Labels) Read(int index) => throw new InvalidOperationException("a photograph was asked for");

        public LabelMap ReadLabels(int index) => new(2000, 1500, [.. Enumerable.Repeat((byte)1, 2000 * 1500)]);
    }

    [TestMethod]
    public void Training_begins_with_them_but_not_by_the_recipe_of_the_reference()
    {
        static double First(TrainingRecipe recipe) => TinyTraining.FirstTokenLoss(TinyTraining.Options(null) with { Recipe = recipe });

        // Equal logits have the loss ln V; with the frequencies of the tokens it is about their entropy.
        Assert.IsGreaterThan(Math.Log(1024) - 1, First(TrainingRecipe.Reference));
        Assert.IsLessThan(Math.Log(1024) - 2, First(TrainingRecipe.Balanced));
    }

    private static void AssertBiases(double[] counts, TrainedSegmenter prior)
    {
        double all = counts.Sum();
        TorchTest.AssertClose(tensor(counts.Select(count => (float)Math.Log(count / all)).ToArray()), prior.Network.Classifier.bias!, 1e-5, "biases");
    }

    private static void SetBiases(TrainedPrior prior, ISegmentationSamples samples, int crop = 1000) =>
        new GenerativeObjective(TinyTraining.Options(null) with { CropWidth = crop, CropHeight = crop }, samples, null, prior).Prepare(CancellationToken.None);

    private static TrainedPrior Untrained()
    {
        GenerativeOptions options = TinyTraining.Options(null);
        TokenizerNetwork tokenizer = options.Tokenizer.CreateNetwork();
        var network = new LatentPriorNetwork(options.Encoder.CreateNetwork(), tokenizer.VocabularySize, 3, seed: 1);
        return new TrainedPrior(network, tokenizer, TinyTraining.Classes, MaskigePalette.MaximalDistance(3), options, CPU);
    }
}
