namespace GSS.Torch;

/// <summary>How training samples are varied. The defaults are the reference's (its dataset configurations), the crop's size is the user's.</summary>
internal sealed record AugmentationOptions
{
    /// <summary>Columns of every training crop.</summary>
    public required int CropWidth { get; init; }

    /// <summary>Rows of every training crop.</summary>
    public required int CropHeight { get; init; }

    /// <summary>The smallest factor by which a sample is scaled before it is cropped.</summary>
    public double MinimumScale { get; init; } = 0.5;

    /// <summary>The largest factor by which a sample is scaled before it is cropped.</summary>
    public double MaximumScale { get; init; } = 2;

    /// <summary>A crop is drawn again, ten times at most, while one class covers this share of its labelled pixels (<c>cat_max_ratio</c>); 1 takes the first crop.</summary>
    public double MaximumClassShare { get; init; } = 0.75;

    /// <summary>Take labels at the centres of pixels, where photographs are taken; false takes them as the reference does.</summary>
    public bool AlignCentres { get; init; } = true;

    /// <summary>Mirror every second sample.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Vary brightness, contrast, saturation and hue.</summary>
    public bool PhotometricDistortion { get; init; } = true;
}
