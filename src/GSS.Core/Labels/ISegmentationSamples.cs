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
}
