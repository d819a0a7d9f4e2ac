namespace GSS.Core;

/// <summary>How a model comes from a photograph to its label map.</summary>
public enum SegmentationMethod
{
    /// <summary>Generative Semantic Segmentation: photograph → latent tokens → maskige → label map.</summary>
    Generative,

    /// <summary>An ordinary per-pixel head: photograph → label map, in one network.</summary>
    PerPixel,
}
