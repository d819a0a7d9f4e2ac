using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace GSS.Core;

/// <summary>How many pixels of each true class were predicted as each class, over any number of images. Pixels whose truth is void are ignored.</summary>
/// <remarks>
/// One matrix over the whole data set, not a mean over images: that is how mIoU is defined (reference: mmseg's <c>intersect_and_union</c> summed over images).
/// All members may be called by many threads at once.
/// </remarks>
[TypeFormatterSource(typeof(ConfusionMatrixHtml))]
public sealed class ConfusionMatrix
{
    private const int Values = 256;

    private readonly long[] _counts;
    private readonly Lock _lock = new();
    private IReadOnlyList<string>? _names;

    /// <summary>An empty matrix.</summary>
    /// <param name="classCount">K, 1..254.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is outside 1..254.</exception>
    public ConfusionMatrix(int classCount)
    {
        if (classCount is < 1 or > LabelMap.MaximumClassCount)
        {
            throw new ArgumentOutOfRangeException(nameof(classCount), $"Found {classCount} classes, expected 1 to {LabelMap.MaximumClassCount}.");
        }

        ClassCount = classCount;
        _counts = new long[classCount * classCount];
    }

    /// <summary>K, the number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>The number of pixels of class <paramref name="truth"/> that were predicted as class <paramref name="predicted"/>.</summary>
    /// <param name="truth">True class, 0..K-1.</param>
    /// <param name="predicted">Predicted class, 0..K-1.</param>
    public long this[int truth, int predicted]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)truth, (uint)ClassCount, nameof(truth));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)predicted, (uint)ClassCount, nameof(predicted));
            lock (_lock)
            {
                return _counts[(truth * ClassCount) + predicted];
            }
        }
    }

    /// <summary>Counts the pixels of one image. After an exception the matrix is as it was before.</summary>
    /// <param name="truth">True class ids 0..K-1 and void.</param>
    /// <param name="predicted">Predicted class ids 0..K-1, of the same size; where the truth is void they may be anything.</param>
    /// <exception cref="SegmentationDataException">The sizes differ, or a class id is out of range: the message names the value and how many pixels have it.</exception>
    public void Add(LabelMap truth, LabelMap predicted)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        if ((truth.Width, truth.Height) != (predicted.Width, predicted.Height))
        {
            throw new SegmentationDataException(
                $"Found a prediction of {predicted.Width}x{predicted.Height} for a label map of {truth.Width}x{truth.Height}, expected one size: predict at the size of the image.");
        }

        // One cell for every pair of byte values, so that the loop needs no branch; checked and taken over afterwards.
        int[] pairs = ArrayPool<int>.Shared.Rent(Values * Values);
        try
        {
            Span<int> cells = pairs.AsSpan(0, Values * Values);
            cells.Clear();
            CountPairs(truth.Ids, predicted.Ids, cells);
            ThrowIfOutOfRange(cells);
            lock (_lock)
            {
                for (int row = 0; row < ClassCount; row++)
                {
                    for (int column = 0; column < ClassCount; column++)
                    {
                        _counts[(row * ClassCount) + column] += cells[(row * Values) + column];
                    }
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(pairs);
        }
    }

    /// <summary>Adds the counts of another matrix, such as one that another thread filled.</summary>
    /// <param name="other">A matrix over the same number of classes.</param>
    /// <exception cref="ArgumentException">The numbers of classes differ.</exception>
    public void Add(ConfusionMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.ClassCount != ClassCount)
        {
            throw new ArgumentException($"Found a confusion matrix of {other.ClassCount} classes, expected {ClassCount} as in the one it is added to.", nameof(other));
        }

        long[] counts = other.Snapshot();
        lock (_lock)
        {
            for (int i = 0; i < counts.Length; i++)
            {
                _counts[i] += counts[i];
            }
        }
    }

    /// <summary>The metrics of what was counted so far; later counts do not change them.</summary>
    /// <param name="classes">Where the names of the table come from; without it the classes are numbered.</param>
    /// <exception cref="ArgumentException">The number of names is not the number of classes.</exception>
    public SegmentationMetrics ToMetrics(SegmentationClasses? classes = null)
    {
        if (classes is not null && classes.Count != ClassCount)
        {
            throw new ArgumentException($"Found {classes.Count} class names in '{classes.Name}', expected {ClassCount} as in the confusion matrix.", nameof(classes));
        }

        var copy = new ConfusionMatrix(ClassCount) { _names = classes?.Names ?? _names };
        copy.Add(this);
        return new SegmentationMetrics(copy);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"ConfusionMatrix of {ClassCount} classes, {Snapshot().Sum()} pixels");

    /// <summary>The name of a class; a number where the matrix was never made for named classes.</summary>
    internal string NameOf(int id) => _names?[id] ?? string.Create(CultureInfo.InvariantCulture, $"class {id}");

    private long[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _counts];
        }
    }

    private static void CountPairs(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted, Span<int> cells)
    {
        // Label maps are mostly plain areas: a whole vector of one pair is counted at once.
        int done = 0;
        for (; done <= truth.Length - Vector<byte>.Count; done += Vector<byte>.Count)
        {
            var truths = new Vector<byte>(truth[done..]);
            var predictions = new Vector<byte>(predicted[done..]);
            if (truths == new Vector<byte>(truth[done]) && predictions == new Vector<byte>(predicted[done]))
            {
                cells[(truth[done] * Values) + predicted[done]] += Vector<byte>.Count;
            }
            else
            {
                CountEach(truth.Slice(done, Vector<byte>.Count), predicted.Slice(done, Vector<byte>.Count), cells);
            }
        }

        CountEach(truth[done..], predicted[done..], cells);
    }

    private static void CountEach(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted, Span<int> cells)
    {
        for (int i = 0; i < truth.Length; i++)
        {
            cells[(truth[i] * Values) + predicted[i]]++;
        }
    }

    private void ThrowIfOutOfRange(ReadOnlySpan<int> cells)
    {
        for (int truth = ClassCount; truth < LabelMap.Void; truth++)
        {
            ReadOnlySpan<int> row = cells.Slice(truth * Values, Values);
            if (row.ContainsAnyExcept(0))
            {
                throw new SegmentationDataException(
                    $"Found class id {truth} in {Sum(row)} pixels of the label map, expected 0..{ClassCount - 1} or {LabelMap.Void} (void): "
                    + "read the label map with the classes that the model was trained on.");
            }
        }

        for (int truth = 0; truth < ClassCount; truth++)
        {
            int offset = cells.Slice((truth * Values) + ClassCount, Values - ClassCount).IndexOfAnyExcept(0);
            if (offset >= 0)
            {
                int predicted = ClassCount + offset;
                long count = 0;
                for (int row = 0; row < ClassCount; row++)
                {
                    count += cells[(row * Values) + predicted];
                }

                throw new SegmentationDataException(
                    $"Found class id {predicted} in {count} pixels of the prediction, expected 0..{ClassCount - 1}: "
                    + "evaluate with as many classes as the model predicts; a prediction has no void.");
            }
        }
    }

    private static long Sum(ReadOnlySpan<int> row)
    {
        long sum = 0;
        foreach (int count in row)
        {
            sum += count;
        }

        return sum;
    }
}
