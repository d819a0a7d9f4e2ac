using System.Runtime.InteropServices;
using System.Security.Cryptography;
using GSS.Core;
using GSS.Torch;

namespace GSS.Tests;

[TestClass]
public sealed class BatchLoaderTests
{
    private static readonly AugmentationOptions Varied = new() { CropWidth = 12, CropHeight = 8 };

    private static readonly AugmentationOptions Plain = Varied with { MinimumScale = 1, MaximumScale = 1, Flip = false, PhotometricDistortion = false };

    [TestMethod]
    public void A_loader_started_anywhere_goes_on_as_an_unbroken_one()
    {
        List<string> whole = Run(Varied, 0, 0, workers: 1);
        Assert.HasCount(12, whole);
        Assert.AreEqual(12, whole.Distinct().Count(), "all batches differ");
        CollectionAssert.AreEqual(whole, Run(Varied, 0, 0, workers: 4));
        CollectionAssert.AreEqual(whole[5..], Run(Varied, 1, 2, workers: 2));
        CollectionAssert.AreEqual(whole[11..], Run(Varied, 3, 2, workers: 3));
        CollectionAssert.AreNotEqual(whole, Run(Varied, 0, 0, workers: 1, seed: 6));

        static List<string> Run(AugmentationOptions options, int epoch, int batch, int workers, int seed = 5)
        {
            using var loader = new BatchLoader<TrainingBatch>(new CropBatches(Samples(10), options, 3, seed), epoch, batch, 4, workers, default);
            List<string> seen = [];
            while (loader.TryNext(out IReadOnlyList<TrainingBatch> next))
            {
                byte[] hash = SHA256.HashData([.. MemoryMarshal.AsBytes(next[0].Images.AsSpan()), .. next[0].Labels]);
                seen.Add($"{next[0].Epoch}.{next[0].Index} {Convert.ToHexString(hash)}");
            }

            return seen;
        }
    }

    [TestMethod]
    public void An_epoch_shows_each_sample_once()
    {
        using var loader = new BatchLoader<TrainingBatch>(new CropBatches(Samples(10), Plain, 5, 1, cacheBytes: 0), 0, 0, 3, 2, default);
        List<string> orders = [];
        for (int epoch = 0; epoch < 3; epoch++)
        {
            int[] seen = [.. Indices(loader, 5), .. Indices(loader, 5)];
            CollectionAssert.AreEquivalent(Enumerable.Range(0, 10).ToArray(), seen);
            orders.Add(string.Join(' ', seen));
        }

        Assert.AreEqual(3, orders.Distinct().Count(), "each epoch has an order of its own");
        Assert.IsFalse(loader.TryNext(out _));
        Assert.IsFalse(loader.TryNext(out _));
    }

    [TestMethod]
    public void A_sample_looks_different_each_time()
    {
        using var loader = new BatchLoader<TrainingBatch>(new CropBatches(Samples(1), Varied, 2, 1), 0, 0, 4, 2, default);
        HashSet<string> looks = [];
        while (loader.TryNext(out IReadOnlyList<TrainingBatch> batch))
        {
            foreach (float[] image in batch[0].Images.Chunk(3 * 12 * 8))
            {
                looks.Add(string.Join(' ', image));
            }
        }

        Assert.HasCount(8, looks);
    }

    [TestMethod]
    public void A_set_smaller_than_a_batch_fills_it_by_starting_again()
    {
        using var loader = new BatchLoader<TrainingBatch>(new CropBatches(Samples(2), Plain, 5, 1), 0, 0, 1, 2, default);
        Assert.AreEqual(1, new CropBatches(Samples(2), Plain, 5, 1).BatchesPerEpoch);
        int[] seen = Indices(loader, 5);
        CollectionAssert.AreEqual(new[] { seen[0], seen[1], seen[0], seen[1], seen[0] }, seen);
        Assert.AreNotEqual(seen[0], seen[1]);
    }

    [TestMethod]
    public void Decoded_samples_are_kept()
    {
        MemorySamples kept = Samples(10), forgotten = Samples(10);
        foreach ((MemorySamples samples, bool cache) in new[] { (kept, true), (forgotten, false) })
        {
            using var loader = new BatchLoader<TrainingBatch>(new CropBatches(samples, Plain, 5, 1, cache ? SampleCache.DefaultBudget : 0), 0, 0, 10, 2, default);
            while (loader.TryNext(out _))
            {
            }
        }

        Assert.AreEqual(100, forgotten.Reads);

        // Two batches that are made at the same time may decode the same sample twice.
        Assert.IsLessThanOrEqualTo(20, kept.Reads);
    }

    [TestMethod]
    public void A_cache_keeps_what_fits_its_budget()
    {
        MemorySamples samples = Samples(3);
        var cache = new SampleCache(samples, budget: (2 * 4 * 12 * 8) + 1);
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.AreEqual(i, cache.Read(i).Image.Pixels[0]);
            }
        }

        Assert.AreEqual(2 + 5, samples.Reads, "two once, the third each time");
    }

    [TestMethod]
    public void A_sample_that_cannot_be_read_surfaces_in_its_place()
    {
        var samples = new MemorySamples(1000, i => i == 700 ? throw new SegmentationDataException("'x.jpg' is damaged.") : Sample(i));
        using var loader = new BatchLoader<TrainingBatch>(new CropBatches(samples, Plain, 1, 1, cacheBytes: 0), 0, 0, 1, 3, default);
        int before = 0;
        SegmentationDataException error = Assert.ThrowsExactly<SegmentationDataException>(() =>
        {
            for (; loader.TryNext(out _); before++)
            {
            }
        });
        Assert.AreEqual("'x.jpg' is damaged.", error.Message);
        int[] order = [.. Enumerable.Range(0, 1000)];
        TorchRandomness.At(1, 0).Shuffle(order);
        Assert.AreEqual(Array.IndexOf(order, 700), before);
    }

    [TestMethod]
    public void A_label_map_of_another_size_is_refused_by_name()
    {
        var samples = new MemorySamples(1, _ => (new RgbImage(12, 8), new LabelMap(12, 9, new byte[12 * 9])));
        using var loader = new BatchLoader<TrainingBatch>(new CropBatches(samples, Plain, 1, 1, cacheBytes: 0), 0, 0, 1, 1, default);
        string message = Assert.ThrowsExactly<SegmentationDataException>(() => loader.TryNext(out _)).Message;
        Assert.AreEqual("The image of 'sample 0' is 12x8 but its label map is 12x9; make both the same size.", message);
    }

    [TestMethod]
    [Timeout(60_000)]
    public void Cancellation_does_not_wait_for_a_slow_sample()
    {
        using var release = new ManualResetEventSlim();
        using var reading = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var samples = new MemorySamples(4, i =>
        {
            reading.Set();
            release.Wait();
            return Sample(i);
        });
        using (var loader = new BatchLoader<TrainingBatch>(new CropBatches(samples, Plain, 2, 1, cacheBytes: 0), 0, 0, 9, 2, cancellation.Token))
        {
            Task waiting = Task.Run(() => loader.TryNext(out _));
            reading.Wait();
            cancellation.Cancel();
            Assert.Throws<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
            Assert.Throws<OperationCanceledException>(() => loader.TryNext(out _));
            release.Set();
        }

        int reads = samples.Reads;
        Assert.IsLessThanOrEqualTo(3, reads, "nothing new is begun");
    }

    private static int[] Indices(BatchLoader<TrainingBatch> loader, int batchSize)
    {
        Assert.IsTrue(loader.TryNext(out IReadOnlyList<TrainingBatch> batch));
        return [.. Enumerable.Range(0, batchSize).Select(i => (int)batch[0].Images[3 * i * 12 * 8])];
    }

    private static MemorySamples Samples(int count) => new(count, Sample);

    /// <summary>The first pixel's red is the index, the labels are stripes.</summary>
    private static (RgbImage Image, LabelMap Labels) Sample(int index)
    {
        var image = new RgbImage(12, 8);
        new Random(index).NextBytes(image.Pixels);
        image.Pixels[0] = (byte)index;
        return (image, new LabelMap(12, 8, [.. Enumerable.Range(0, 96).Select(i => (byte)(i % 3))]));
    }
}
