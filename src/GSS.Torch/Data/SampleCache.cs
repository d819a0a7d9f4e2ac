using GSS.Core;

namespace GSS.Torch;

/// <summary>Keeps decoded samples in memory up to a budget, so that each file is decoded once. Thread-safe.</summary>
internal sealed class SampleCache
{
    /// <summary>How many bytes of decoded samples are kept by default.</summary>
    public const long DefaultBudget = 1L << 30;

    private readonly ISegmentationSamples _samples;
    private readonly int _classCount;
    private readonly Decoded?[]? _kept;
    private long _budget;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="samples">Where samples are read.</param>
    /// <param name="budget">Bytes of pixels and labels to keep at most; 0 keeps nothing.</param>
    /// <param name="classCount">Labels are below this, or void.</param>
    public SampleCache(ISegmentationSamples samples, long budget = DefaultBudget, int classCount = LabelMap.MaximumClassCount)
    {
        (_samples, _kept, _budget, _classCount) = (samples, budget > 0 ? new Decoded?[samples.Count] : null, budget, classCount);
    }

    /// <summary>One sample; its image and label map have the same size, its labels are within the classes.</summary>
    /// <exception cref="SegmentationDataException">It cannot be read, or its sizes or classes do not fit.</exception>
    public (RgbImage Image, LabelMap Labels) Read(int index)
    {
        if (_kept is not null && Volatile.Read(ref _kept[index]) is { } known)
        {
            return (known.Image, known.Labels);
        }

        (RgbImage image, LabelMap labels) = _samples.Read(index);
        if (image.Width != labels.Width || image.Height != labels.Height)
        {
            throw new SegmentationDataException($"The image of '{_samples.Describe(index)}' is {image.Width}x{image.Height} but its label map is {labels.Width}x{labels.Height}; make both the same size.");
        }

        RequireClasses(labels, _classCount, _samples.Describe(index));
        if (_kept is not null)
        {
            long bytes = 4L * image.Width * image.Height;
            if (Interlocked.Add(ref _budget, -bytes) < 0)
            {
                Interlocked.Add(ref _budget, bytes);
            }
            else
            {
                Volatile.Write(ref _kept[index], new(image, labels));
            }
        }

        return (image, labels);
    }

    /// <summary>Checks that all labels are within the classes, or void.</summary>
    /// <exception cref="SegmentationDataException">One is not; the message names it.</exception>
    public static void RequireClasses(LabelMap labels, int classCount, string name)
    {
        int wrong = labels.Ids.IndexOfAnyInRange((byte)classCount, (byte)(LabelMap.Void - 1));
        if (wrong >= 0)
        {
            throw new SegmentationDataException(
                $"The label map of '{name}' has class {labels.Ids[wrong]} at column {wrong % labels.Width}, row {wrong / labels.Width}, "
                + $"but there are {classCount} classes, 0 to {classCount - 1}, and {LabelMap.Void} for void; correct the label map or name the classes it was made for.");
        }
    }

    private sealed record Decoded(RgbImage Image, LabelMap Labels);
}
