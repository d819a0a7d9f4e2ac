namespace GSS.Core;

/// <summary>The palette β of the maskige: one RGB colour for each of K classes (paper section 3.2).</summary>
/// <remarks>
/// The maskige passes through a lossy tokenizer, which shifts and mixes colours. What decides how many classes survive is the distance between
/// the two most similar colours, <see cref="SmallestDistance"/>. Palettes never change once made and may be used by many threads.
/// </remarks>
[TypeFormatterSource(typeof(MaskigePaletteHtml))]
public sealed partial class MaskigePalette : IEquatable<MaskigePalette>
{
    private static readonly Lazy<MaskigePalette>[] Found =
        [.. Enumerable.Range(0, LabelMap.MaximumClassCount + 1).Select(k => new Lazy<MaskigePalette>(() => new(PaletteSearch.MaximalDistance(k))))];

    private readonly RgbColor[] _colors;

    private MaskigePalette(RgbColor[] colors)
    {
        _colors = colors;
        Colors = Array.AsReadOnly(colors);
        SmallestDistance = Math.Sqrt(SmallestSquaredDistance(colors));
        VoidColor = PaletteSearch.FarthestColor(colors);
        (_knownIds, _red, _green, _blue) = Tables(colors);
    }

    /// <summary>The colours in class order.</summary>
    public IReadOnlyList<RgbColor> Colors { get; }

    /// <summary>K, the number of classes, 1..254.</summary>
    public int Count => _colors.Length;

    /// <summary>The Euclidean distance, in steps of 0..255, between the two most similar colours; positive infinity where there is only one colour.</summary>
    public double SmallestDistance { get; }

    /// <summary>
    /// The colour that void pixels get: of a coarse lattice the colour farthest from every class, so never a class's own.
    /// Decoding knows only the K class colours, as the reference does, so a void pixel decodes to some class; metrics ignore it.
    /// </summary>
    public RgbColor VoidColor { get; }

    /// <summary>
    /// The palette whose smallest pair distance is as large as a deterministic search finds: colours pushed apart from
    /// several fixed starts and then settled on whole numbers, or farthest points of a lattice where these are better. The same K gives the same colours on every machine; each K is searched once a process.
    /// </summary>
    /// <param name="classCount">K, 1..254.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is outside 1..254.</exception>
    public static MaskigePalette MaximalDistance(int classCount)
    {
        ThrowIfCountOutOfRange(classCount);
        return Found[classCount].Value;
    }

    /// <summary>K distinct colours drawn at random from all 256³: the palette of GSS-FF-R.</summary>
    /// <param name="classCount">K, 1..254.</param>
    /// <param name="seed">The same seed gives the same colours.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is outside 1..254.</exception>
    public static MaskigePalette Random(int classCount, int seed)
    {
        ThrowIfCountOutOfRange(classCount);
        var random = new Random(seed);
        var colors = new List<RgbColor>(classCount);
        while (colors.Count < classCount)
        {
            int drawn = random.Next(1 << 24);
            var color = new RgbColor((byte)(drawn >> 16), (byte)(drawn >> 8), (byte)drawn);
            if (!colors.Contains(color))
            {
                colors.Add(color);
            }
        }

        return new([.. colors]);
    }

    /// <summary>A palette for other classes that keeps the colours of those that it knows by name; each new class, in order, gets a colour as far from all others as a coarse lattice has one (paper, Table 7: a shared maskige).</summary>
    /// <param name="classes">The classes of this palette, in its order.</param>
    /// <param name="newClasses">Those of the new one.</param>
    /// <exception cref="ArgumentException"><paramref name="classes"/> are not as many as the colours.</exception>
    public MaskigePalette For(SegmentationClasses classes, SegmentationClasses newClasses)
    {
        ArgumentNullException.ThrowIfNull(newClasses);
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count != Count)
        {
            throw new ArgumentException($"The palette has {Count} colours and '{classes.Name}' has {classes.Count} classes, expected the classes that it was made for.", nameof(classes));
        }

        List<string> known = [.. classes.Names];
        RgbColor?[] colors = [.. newClasses.Names.Select(name => known.IndexOf(name) is >= 0 and var i ? _colors[i] : (RgbColor?)null)];
        if (colors.All(color => color is null))
        {
            return MaximalDistance(newClasses.Count);
        }

        var taken = colors.OfType<RgbColor>().ToList();
        for (int i = 0; i < colors.Length; i++)
        {
            if (colors[i] is null)
            {
                RgbColor color = PaletteSearch.FarthestColor([.. taken]);
                taken.Add(color);
                colors[i] = color;
            }
        }

        return FromColors([.. colors.OfType<RgbColor>()]);
    }

    /// <summary>A given palette.</summary>
    /// <param name="colors">1 to 254 colours, one for each class, no two the same.</param>
    /// <exception cref="ArgumentException">There are no colours or more than 254, or two classes have the same colour.</exception>
    public static MaskigePalette FromColors(IReadOnlyList<RgbColor> colors)
    {
        ArgumentNullException.ThrowIfNull(colors);
        if (colors.Count is 0 or > LabelMap.MaximumClassCount)
        {
            throw new ArgumentException($"Found a palette of {colors.Count} colours, expected one colour for each of 1 to {LabelMap.MaximumClassCount} classes.", nameof(colors));
        }

        var owners = new Dictionary<RgbColor, int>();
        for (int i = 0; i < colors.Count; i++)
        {
            if (!owners.TryAdd(colors[i], i))
            {
                throw new ArgumentException(
                    $"Found the colour {colors[i]} for class {owners[colors[i]]} and for class {i}, expected distinct colours: give one of the two another colour.", nameof(colors));
            }
        }

        return new([.. colors]);
    }

    /// <inheritdoc/>
    public bool Equals(MaskigePalette? other) => other is not null && _colors.AsSpan().SequenceEqual(other._colors);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MaskigePalette);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (RgbColor color in _colors)
        {
            hash.Add(color);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"MaskigePalette of {Count} colours, smallest distance {SmallestDistance:0.#}");

    private static double SmallestSquaredDistance(RgbColor[] colors)
    {
        double smallest = double.PositiveInfinity;
        for (int i = 0; i < colors.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                smallest = Math.Min(smallest, PaletteSearch.SquaredDistance(colors[i], colors[j]));
            }
        }

        return smallest;
    }

    private static void ThrowIfCountOutOfRange(int classCount)
    {
        if (classCount is < 1 or > LabelMap.MaximumClassCount)
        {
            throw new ArgumentOutOfRangeException(
                nameof(classCount), $"Found {classCount} classes, expected 1 to {LabelMap.MaximumClassCount}: a label map keeps one byte a pixel, and 255 means void.");
        }
    }
}
