namespace GSS.Core;

/// <summary>Photographs with their label maps, read one at a time by index: what training and evaluation draw from.</summary>
/// <remarks>Reading is thread-safe: background workers read ahead.</remarks>
public interface ISegmentationSamples
{
    /// <summary>How many samples there are.</summary>
    int Count { get; }

    /// <summary>What identifies sample <paramref name="index"/> in messages: its file, or its row.</summary>
    string Describe(int index);

    /// <summary>Reads one photograph and its label map; both have the same size.</summary>
    /// <exception cref="SegmentationDataException">The files are missing, damaged, or do not fit each other.</exception>
    (RgbImage Image, LabelMap Labels) Read(int index);

    /// <summary>Reads one label map alone: cheaper where it lies in a file of its own.</summary>
    /// <exception cref="SegmentationDataException">The file is missing or damaged.</exception>
    LabelMap ReadLabels(int index) => Read(index).Labels;

    /// <summary>A short text that is different for samples of other names, sizes or contents: by it a training run knows its data again. Looks into all label maps and some photographs.</summary>
    /// <exception cref="SegmentationDataException">A sample cannot be read.</exception>
    string Fingerprint => SamplesFingerprint.OfDecoded(this);
}
