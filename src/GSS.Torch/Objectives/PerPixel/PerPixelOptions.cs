namespace GSS.Torch;

/// <summary>How an ordinary per-pixel head is trained: class logits at a quarter of the photograph's size, resized bilinearly. What to compare GSS with.</summary>
public record PerPixelOptions : SegmentationTrainingOptions
{
    /// <summary>Options with the defaults.</summary>
    public PerPixelOptions()
    {
    }

    /// <summary>Options that take over all that other trainers have too, and the defaults for the rest.</summary>
    internal PerPixelOptions(SegmentationTrainingOptions common)
        : base(common)
    {
    }

    /// <summary>Gets or sets the head, which leads from the encoder's features to the classes; the same networks serve as token heads.</summary>
    /// <value>The default value is <see cref="TokenHeads.Light()"/>.</value>
    public TokenHead Head { get; set; } = TokenHeads.Light();

    internal override void AddFaults(OptionFaults faults)
    {
        base.AddFaults(faults);
        faults.Require(Head is not null, nameof(Head), Head, "one of TokenHeads");
    }
}
