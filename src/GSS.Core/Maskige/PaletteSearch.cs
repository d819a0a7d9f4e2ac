namespace GSS.Core;

/// <summary>The search behind <see cref="MaskigePalette.MaximalDistance"/>.</summary>
internal static class PaletteSearch
{
    private const int Levels = 16;

    private static readonly RgbColor[] Lattice =
    [
        .. from r in Enumerable.Range(0, Levels)
           from g in Enumerable.Range(0, Levels)
           from b in Enumerable.Range(0, Levels)
           select new RgbColor((byte)(r * 17), (byte)(g * 17), (byte)(b * 17)),
    ];

    public static RgbColor[] MaximalDistance(int count) => FarthestPoints(count);

    public static int SquaredDistance(RgbColor a, RgbColor b)
    {
        int r = a.R - b.R, g = a.G - b.G, blue = a.B - b.B;
        return (r * r) + (g * g) + (blue * blue);
    }

    /// <summary>The lattice colour farthest from all given ones; of equally far ones the first.</summary>
    public static RgbColor FarthestColor(ReadOnlySpan<RgbColor> colors)
    {
        RgbColor farthest = default;
        int distance = -1;
        foreach (RgbColor candidate in Lattice)
        {
            int nearest = int.MaxValue;
            foreach (RgbColor color in colors)
            {
                nearest = Math.Min(nearest, SquaredDistance(candidate, color));
            }

            if (nearest > distance)
            {
                (farthest, distance) = (candidate, nearest);
            }
        }

        return farthest;
    }

    /// <summary>Farthest-point sampling from black: each next colour is the lattice colour farthest from all before it.</summary>
    private static RgbColor[] FarthestPoints(int count)
    {
        var colors = new RgbColor[count];
        int[] nearest = new int[Lattice.Length];
        Array.Fill(nearest, int.MaxValue);
        int next = 0;
        for (int k = 0; k < count; k++)
        {
            RgbColor chosen = colors[k] = Lattice[next];
            next = 0;
            for (int i = 0; i < nearest.Length; i++)
            {
                nearest[i] = Math.Min(nearest[i], SquaredDistance(Lattice[i], chosen));
                if (nearest[i] > nearest[next])
                {
                    next = i;
                }
            }
        }

        return colors;
    }
}
