using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>A batch of noisy square pictures with drawn label maps of CamVid's classes: one step an epoch.</summary>
internal sealed class DrawnSamples(int count, int side) : ISegmentationSamples
{
    private readonly RgbImage[] _images = UntrainedModel.Images(count, side, side);

    public int Count => count;

    public (RgbImage Image, LabelMap Labels) Read(int index) => (_images[index], ProceduralMaps.Truth(side, side, SegmentationClasses.CamVid.Count, index));

    public string Describe(int index) => $"drawn sample {index}";
}
