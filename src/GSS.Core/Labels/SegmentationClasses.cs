using System.Collections.ObjectModel;

namespace GSS.Core;

/// <summary>
/// The classes of a data set: names and display colours in id order, and how values in label files become class ids.
/// Immutable; travels with the model.
/// </summary>
/// <remarks>
/// A label file holds numbers (grey or palette PNG) or colours (RGB or RGBA PNG). A number v becomes a class id like this, the first rule that fits wins:
/// <see cref="VoidIndex"/> is void; with an <see cref="IdMap"/> v becomes what the map has for v or, within <see cref="ValueTolerance"/>, for the nearest value; with <see cref="ReduceZeroLabel"/> 0 is void and v becomes v - 1;
/// otherwise v is the class id itself. A colour is looked up exactly in <see cref="ColorMap"/> or, where there is none, among the display colours.
/// Whatever maps to nothing is an error.
/// </remarks>
[TypeFormatterSource(typeof(SegmentationClassesHtml))]
public sealed partial class SegmentationClasses : IEquatable<SegmentationClasses>
{
    /// <summary>Makes a list of classes.</summary>
    /// <param name="name">The taxonomy's name, such as <c>CamVid11</c>.</param>
    /// <param name="names">One distinct name for each class, 1 to 254 of them, in id order.</param>
    /// <param name="colors">One display colour for each class; where null, the Pascal VOC colour map without its black.</param>
    /// <param name="voidIndex">
    /// The value in label files that means void, 0..65535; not a value that means a class. Null where no value means void.
    /// An <paramref name="idMap"/> that sends 255, the default, to a class comes first: then no value means void.
    /// </param>
    /// <param name="voidColor">The display colour of void pixels; black by default.</param>
    /// <param name="reduceZeroLabel">Whether 0 in label files means void and v means class v - 1, as in ADE20K.</param>
    /// <param name="idMap">Value in label files (0..65535) to class id (0..Count-1, or <see cref="LabelMap.Void"/>); null where values are ids.</param>
    /// <param name="colorMap">Colour in label files to class id (0..Count-1, or <see cref="LabelMap.Void"/>); where given, palette files are read by colour too.</param>
    /// <param name="valueTolerance">How far a value in label files may lie from one of <paramref name="idMap"/> and still mean the same; 0 or more.</param>
    /// <exception cref="ArgumentException">The number of classes, a name, or a map is not usable; the message says which.</exception>
    public SegmentationClasses(
        string name,
        IReadOnlyList<string> names,
        IReadOnlyList<RgbColor>? colors = null,
        int? voidIndex = LabelMap.Void,
        RgbColor voidColor = default,
        bool reduceZeroLabel = false,
        IReadOnlyDictionary<int, byte>? idMap = null,
        IReadOnlyDictionary<RgbColor, byte>? colorMap = null,
        int valueTolerance = 0)
    {
        ArgumentNullException.ThrowIfNull(names);
        Name = name;
        Names = Array.AsReadOnly([.. names]);
        Colors = Array.AsReadOnly(colors is null ? VocColorMap(1, names.Count) : [.. colors]);
        VoidColor = voidColor;
        ReduceZeroLabel = reduceZeroLabel;
        IdMap = idMap is null ? null : new ReadOnlyDictionary<int, byte>(new SortedDictionary<int, byte>(idMap.ToDictionary()));
        VoidIndex = voidIndex == LabelMap.Void && IdMap is not null && IdMap.TryGetValue(LabelMap.Void, out byte id) && id != LabelMap.Void ? null : voidIndex;
        ValueTolerance = valueTolerance;
        ColorMap = colorMap is null ? null : new ReadOnlyDictionary<RgbColor, byte>(colorMap.ToDictionary());
        if (FindFault() is { } fault)
        {
            throw new ArgumentException(fault);
        }

        IdOfValue = MakeIdOfValue();
    }

    /// <summary>The taxonomy's name.</summary>
    public string Name { get; }

    /// <summary>How many classes there are, void not counted: 1..254.</summary>
    public int Count => Names.Count;

    /// <summary>The class names in id order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The display colours in id order (for overlays and palette files; the maskige has colours of its own).</summary>
    public IReadOnlyList<RgbColor> Colors { get; }

    /// <summary>The value in label files that means void, or null where none does. In memory void is always <see cref="LabelMap.Void"/>.</summary>
    /// <value>The default value is 255; CamVid has 11. Null, too, where <see cref="IdMap"/> sends 255 to a class.</value>
    public int? VoidIndex { get; }

    /// <summary>The display colour of void pixels.</summary>
    /// <value>The default value is black.</value>
    public RgbColor VoidColor { get; }

    /// <summary>Whether 0 in label files means void and v means class v - 1, as in ADE20K. Applied once, while reading.</summary>
    public bool ReduceZeroLabel { get; }

    /// <summary>Value in label files to class id or <see cref="LabelMap.Void"/>; null where the values are the ids.</summary>
    public IReadOnlyDictionary<int, byte>? IdMap { get; }

    /// <summary>
    /// How far a value in label files may lie from one of <see cref="IdMap"/>, or from <see cref="VoidIndex"/>, and still mean the same: 7 reads masks of 0 and 255 that were
    /// once JPEG files and hold 0..7 and 248..255; 127 cuts in the middle. The nearest value wins; one as far from two different meanings stays an error.
    /// </summary>
    /// <value>The default value is 0: values are exact.</value>
    public int ValueTolerance { get; }

    /// <summary>
    /// Colour in label files to class id or <see cref="LabelMap.Void"/>. Null: RGB files are looked up among the display colours, palette files are read by index.
    /// </summary>
    public IReadOnlyDictionary<RgbColor, byte>? ColorMap { get; }

    /// <summary>The id of the class with this name (case matters), or -1 where there is none.</summary>
    public int IndexOf(string className)
    {
        for (int id = 0; id < Names.Count; id++)
        {
            if (Names[id] == className)
            {
                return id;
            }
        }

        return -1;
    }

    /// <summary>Whether the other list has the same class names in the same order: results of the one can be compared with labels of the other.</summary>
    /// <remarks>Colours and the way label files are read may differ.</remarks>
    public bool HasSameNames(SegmentationClasses other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Names.SequenceEqual(other.Names);
    }

    /// <inheritdoc/>
    public bool Equals(SegmentationClasses? other)
        => ReferenceEquals(this, other)
            || (other is not null && Name == other.Name && HasSameNames(other) && Colors.SequenceEqual(other.Colors)
                && VoidIndex == other.VoidIndex && VoidColor == other.VoidColor && ReduceZeroLabel == other.ReduceZeroLabel && ValueTolerance == other.ValueTolerance
                && SameMap(IdMap, other.IdMap) && SameMap(ColorMap, other.ColorMap));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SegmentationClasses);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Count, Names[0], Names[^1], VoidIndex, ReduceZeroLabel);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Count} classes";

    private static bool SameMap<TKey>(IReadOnlyDictionary<TKey, byte>? left, IReadOnlyDictionary<TKey, byte>? right)
        => left is null || right is null
            ? left is null && right is null
            : left.Count == right.Count && left.All(entry => right.TryGetValue(entry.Key, out byte id) && id == entry.Value);
}
