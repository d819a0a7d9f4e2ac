using GSS.Core;
using GSS.Onnx;

namespace GSS.ML;

/// <summary>Samples at a short side: photographs bilinear, label maps by nearest neighbour, as scoring will resize the photographs.</summary>
internal sealed class ResizedSamples(ISegmentationSamples samples, int shortSide) : ISegmentationSamples
{
    public int Count => samples.Count;

    public string Describe(int index) => samples.Describe(index);

    public string Fingerprint => $"{samples.Fingerprint} at short side {shortSide}";

    public LabelMap ReadLabels(int index)
    {
        LabelMap labels = samples.ReadLabels(index);
        (int width, int height) = WorkingSize.Of(labels.Width, labels.Height, shortSide);
        return labels.Resize(width, height);
    }

    public (RgbImage Image, LabelMap Labels) Read(int index)
    {
        (RgbImage image, LabelMap labels) = samples.Read(index);
        (int width, int height) = WorkingSize.Of(image.Width, image.Height, shortSide);
        return (image.Resize(width, height), labels.Resize(width, height));
    }
}
