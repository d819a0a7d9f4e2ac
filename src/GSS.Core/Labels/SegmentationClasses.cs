namespace GSS.Core;

/// <summary>The classes of a data set: names and display colours in id order, and how values in label files become class ids.</summary>
public sealed partial class SegmentationClasses
{
    /// <summary>Makes a list of classes.</summary>
    /// <param name="name">The taxonomy's name, such as <c>CamVid11</c>.</param>
    /// <param name="names">One distinct name for each class, 1 to 254, in id order.</param>
    /// <param name="colors">One display colour for each class.</param>
    public SegmentationClasses(string name, IReadOnlyList<string> names, IReadOnlyList<RgbColor> colors)
    {
        Name = name;
        Names = names;
        Colors = colors;
    }

    /// <summary>The taxonomy's name.</summary>
    public string Name { get; }

    /// <summary>How many classes there are, void not counted.</summary>
    public int Count => Names.Count;

    /// <summary>The class names in id order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The display colours in id order (for overlays and palette files; the maskige has colours of its own).</summary>
    public IReadOnlyList<RgbColor> Colors { get; }
}
