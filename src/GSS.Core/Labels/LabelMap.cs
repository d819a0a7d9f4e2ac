namespace GSS.Core;

/// <summary>
/// The class of every pixel of a photograph: <c>[H, W]</c> bytes, class ids 0..253 and <see cref="Void"/> (255) for unlabelled pixels.
/// A label map is never a picture: it is read once, never interpolated, and resized only by nearest neighbour.
/// </summary>
[TypeFormatterSource(typeof(LabelMapHtml))]
public sealed class LabelMap : IEquatable<LabelMap>
{
    /// <summary>The id of unlabelled pixels, ignored by every loss and metric.</summary>
    public const byte Void = 255;

    /// <summary>The largest number of classes a label map can tell apart.</summary>
    public const int MaximumClassCount = 254;

    private readonly byte[] _ids;

    /// <summary>Wraps class ids without copying them: the array is handed over, and whoever made it must not change it any more.</summary>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="ids"><paramref name="width"/> × <paramref name="height"/> ids, rows from top to bottom.</param>
    /// <exception cref="ArgumentException">The size is not positive, or the number of ids does not fit it.</exception>
    public LabelMap(int width, int height, byte[] ids)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.LongLength != (long)width * height)
        {
            throw new ArgumentException($"A label map of {width}x{height} needs {(long)width * height} ids, found {ids.LongLength}.", nameof(ids));
        }

        Width = width;
        Height = height;
        _ids = ids;
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The class ids, rows from top to bottom: pixel (x, y) is at <c>y * Width + x</c>.</summary>
    public ReadOnlySpan<byte> Ids => _ids;

    /// <summary>The class of one pixel.</summary>
    /// <param name="x">Column, 0..Width-1.</param>
    /// <param name="y">Row, 0..Height-1.</param>
    public byte this[int x, int y]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Width, nameof(x));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
            return _ids[(y * Width) + x];
        }
    }

    /// <summary>
    /// The same label map at another size, by nearest neighbour with centres aligned: source index = floor((target index + 0.5) × source size / target size).
    /// An edge stays where it is in the photograph that <see cref="RgbImage.Resize"/> brings to the same size.
    /// </summary>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    public LabelMap Resize(int width, int height) => Resize(width, height, NearestAxis.Aligned);

    /// <summary>
    /// The same label map at another size by the reference's rule: source index = floor(target index × source size / target size).
    /// It shifts edges against the photograph, by 2 pixels when 240 become 48: only to repeat what the reference trained on.
    /// </summary>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    internal LabelMap ResizeAsReference(int width, int height) => Resize(width, height, NearestAxis.Reference);

    /// <summary>The same label map in another taxonomy, for instance a prediction of universal classes in those of one data set. Void stays void.</summary>
    /// <param name="newIds">For each class id its new one, 0..253, or <see cref="Void"/>.</param>
    /// <exception cref="ArgumentException">A pixel has a class id that <paramref name="newIds"/> does not know.</exception>
    public LabelMap Relabel(IReadOnlyList<byte> newIds)
    {
        ArgumentNullException.ThrowIfNull(newIds);
        byte[] relabelled = new byte[_ids.Length];
        for (int i = 0; i < _ids.Length; i++)
        {
            byte id = _ids[i];
            relabelled[i] = id == Void ? Void : id < newIds.Count ? newIds[id]
                : throw new ArgumentException($"Found class id {id}, expected 0..{newIds.Count - 1}, for which new ids were given: give one for each class.", nameof(newIds));
        }

        return new LabelMap(Width, Height, relabelled);
    }

    /// <summary>The same label map without void, for what has no colour of void: a void pixel takes the class of the pixel before it, row by row; those before the first labelled one take its class.</summary>
    internal LabelMap FillVoid()
    {
        byte[] ids = [.. _ids];
        FillVoid(ids);
        return new LabelMap(Width, Height, ids);
    }

    /// <summary>As <see cref="FillVoid()"/>, in place. Where nothing is labelled, all becomes class 0.</summary>
    internal static void FillVoid(Span<byte> ids)
    {
        int first = ids.IndexOfAnyExcept(Void);
        byte last = first < 0 ? (byte)0 : ids[first];
        foreach (ref byte id in ids)
        {
            last = id = id == Void ? last : id;
        }
    }

    /// <inheritdoc/>
    public bool Equals(LabelMap? other) => other is not null && Width == other.Width && Height == other.Height && Ids.SequenceEqual(other.Ids);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelMap);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Width);
        hash.Add(Height);
        hash.AddBytes(_ids);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"LabelMap {Width}x{Height}";

    private LabelMap Resize(int width, int height, Func<int, int, int[]> findSources)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (width == Width && height == Height)
        {
            return this;
        }

        int[] columns = findSources(Width, width), rows = findSources(Height, height);
        byte[] resized = new byte[(long)width * height];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> source = _ids.AsSpan(rows[y] * Width, Width);
            Span<byte> target = resized.AsSpan(y * width, width);
            for (int x = 0; x < target.Length; x++)
            {
                target[x] = source[columns[x]];
            }
        }

        return new LabelMap(width, height, resized);
    }
}
