using CsCheck;

namespace GSS.Core.Tests;

[TestClass]
public class ConfusionMatrixTests
{
    private static readonly Gen<(int Classes, LabelMap Truth, LabelMap Predicted)> Pairs =
        Gen.Select(Gen.Int[1, 254], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int, Gen.Int[1, 40]).Select((classes, width, height, seed, run) =>
        {
            // Runs of equal ids, as label maps have them, and void among the truth.
            var random = new Random(seed);
            byte[] truth = new byte[width * height], predicted = new byte[width * height];
            for (int i = 0; i < truth.Length; i++)
            {
                truth[i] = i > 0 && random.Next(run) > 0 ? truth[i - 1] : random.Next(10) == 0 ? LabelMap.Void : (byte)random.Next(classes);
                predicted[i] = i > 0 && random.Next(run) > 0 ? predicted[i - 1] : (byte)random.Next(classes);
            }

            return (classes, new LabelMap(width, height, truth), new LabelMap(width, height, predicted));
        });

    [TestMethod]
    public void Add_EqualsCountingOneByOne() => Pairs.Sample((classes, truth, predicted) =>
    {
        long[,] expected = new long[classes, classes];
        for (int y = 0; y < truth.Height; y++)
        {
            for (int x = 0; x < truth.Width; x++)
            {
                if (truth[x, y] != LabelMap.Void)
                {
                    expected[truth[x, y], predicted[x, y]]++;
                }
            }
        }

        var confusion = new ConfusionMatrix(classes);
        confusion.Add(truth, predicted);
        for (int row = 0; row < classes; row++)
        {
            for (int column = 0; column < classes; column++)
            {
                if (confusion[row, column] != expected[row, column])
                {
                    return false;
                }
            }
        }

        return true;
    }, iter: 100);

    [TestMethod]
    public void Add_FromManyThreadsLosesNothing()
    {
        var whole = new ConfusionMatrix(2);
        var truth = new LabelMap(10, 10, new byte[100]);
        Parallel.For(0, 1000, i =>
        {
            var part = new ConfusionMatrix(2);
            part.Add(truth, truth);
            whole.Add(part);
            whole.Add(truth, truth);
        });
        Assert.AreEqual(200_000, whole[0, 0]);
    }

    [TestMethod]
    public void Add_ToItselfDoublesTheCounts()
    {
        var confusion = new ConfusionMatrix(1);
        confusion.Add(new LabelMap(1, 1, [0]), new LabelMap(1, 1, [0]));
        confusion.Add(confusion);
        Assert.AreEqual(2, confusion[0, 0]);
    }

    [TestMethod]
    public void Add_IgnoresWhatIsPredictedWhereTheTruthIsVoid()
    {
        var confusion = new ConfusionMatrix(2);
        confusion.Add(new LabelMap(2, 1, [255, 1]), new LabelMap(2, 1, [77, 1]));
        Assert.AreEqual(1, confusion[1, 1]);
    }

    [TestMethod]
    public void Add_RefusesIdsOutOfRangeAndStaysAsItWas()
    {
        var confusion = new ConfusionMatrix(11);
        var e = Assert.ThrowsExactly<SegmentationDataException>(() => confusion.Add(new LabelMap(4, 1, [0, 30, 30, 255]), new LabelMap(4, 1, [0, 0, 1, 0])));
        Assert.StartsWith("Found class id 30 in 2 pixels of the label map, expected 0..10 or 255 (void)", e.Message);
        e = Assert.ThrowsExactly<SegmentationDataException>(() => confusion.Add(new LabelMap(4, 1, [0, 1, 1, 255]), new LabelMap(4, 1, [0, 11, 11, 0])));
        Assert.StartsWith("Found class id 11 in 2 pixels of the prediction, expected 0..10", e.Message);
        Assert.ThrowsExactly<SegmentationDataException>(() => confusion.Add(new LabelMap(1, 1, [0]), new LabelMap(1, 1, [255])));
        Assert.AreEqual(0, confusion[0, 0]);
    }

    [TestMethod]
    public void Add_RefusesAnotherSize()
    {
        var confusion = new ConfusionMatrix(2);
        var e = Assert.ThrowsExactly<SegmentationDataException>(() => confusion.Add(new LabelMap(2, 3, new byte[6]), new LabelMap(3, 2, new byte[6])));
        Assert.StartsWith("Found a prediction of 3x2 for a label map of 2x3", e.Message);
        Assert.ThrowsExactly<ArgumentException>(() => confusion.Add(new ConfusionMatrix(3)));
    }

    [TestMethod]
    public void Counts_OutsideTheMatrixAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ConfusionMatrix(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ConfusionMatrix(255));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ConfusionMatrix(2)[2, 0]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ConfusionMatrix(2)[0, -1]);
    }
}
