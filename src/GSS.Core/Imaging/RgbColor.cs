namespace GSS.Core;

/// <summary>A colour with 8 bits for each of red, green and blue, in that order, each 0..255.</summary>
public readonly record struct RgbColor(byte R, byte G, byte B)
{
    /// <summary>The colour as <c>#rrggbb</c>.</summary>
    public override string ToString() => $"#{R:x2}{G:x2}{B:x2}";
}
