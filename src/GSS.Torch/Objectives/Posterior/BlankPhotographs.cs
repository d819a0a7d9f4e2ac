using GSS.Core;

namespace GSS.Torch;

/// <summary>Samples whose photographs are not read: Stage I learns from label maps alone. In their place stand black pictures.</summary>
internal sealed class BlankPhotographs(ISegmentationSamples samples) : ISegmentationSamples
{
    public int Count => samples.Count;

    public string Fingerprint => samples.Fingerprint;

    public string Describe(int index) => samples.Describe(index);

    public LabelMap ReadLabels(int index) => samples.ReadLabels(index);

    public (RgbImage Image, LabelMap Labels) Read(int index)
    {
        LabelMap labels = samples.ReadLabels(index);
        return (new RgbImage(labels.Width, labels.Height), labels);
    }
}
