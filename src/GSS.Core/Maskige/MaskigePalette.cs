namespace GSS.Core;

/// <summary>The palette β of the maskige: one RGB colour for each of K classes (paper section 3.2).</summary>
public sealed partial class MaskigePalette
{
    private MaskigePalette(RgbColor[] colors) => Colors = colors;

    /// <summary>The colours in class order.</summary>
    public IReadOnlyList<RgbColor> Colors { get; }

    /// <summary>K, the number of classes.</summary>
    public int Count => Colors.Count;

    /// <summary>A given palette.</summary>
    public static MaskigePalette FromColors(IReadOnlyList<RgbColor> colors) => new([.. colors]);

    /// <summary>The deterministic palette whose smallest pair distance is as large as the search finds.</summary>
    public static MaskigePalette MaximalDistance(int classCount)
    {
        // Farthest-point sampling on a 16-level lattice.
        const int levels = 16;
        var lattice = new List<RgbColor>();
        for (int r = 0; r < levels; r++)
        {
            for (int g = 0; g < levels; g++)
            {
                for (int b = 0; b < levels; b++)
                {
                    lattice.Add(new((byte)(r * 17), (byte)(g * 17), (byte)(b * 17)));
                }
            }
        }

        int[] nearest = Enumerable.Repeat(int.MaxValue, lattice.Count).ToArray();
        var colors = new RgbColor[classCount];
        int next = 0;
        for (int k = 0; k < classCount; k++)
        {
            RgbColor chosen = colors[k] = lattice[next];
            next = 0;
            for (int i = 0; i < nearest.Length; i++)
            {
                int dr = lattice[i].R - chosen.R, dg = lattice[i].G - chosen.G, db = lattice[i].B - chosen.B;
                nearest[i] = Math.Min(nearest[i], (dr * dr) + (dg * dg) + (db * db));
                if (nearest[i] > nearest[next])
                {
                    next = i;
                }
            }
        }

        return new(colors);
    }
}
