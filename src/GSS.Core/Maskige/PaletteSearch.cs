namespace GSS.Core;

/// <summary>
/// The search behind <see cref="MaskigePalette.MaximalDistance"/>: K points in the cube of colours whose smallest distance is as large as possible.
/// </summary>
/// <remarks>
/// Points are spread in the cube from several starts, settled on whole numbers one by one, and the best result counts, that of farthest points on a lattice included.
/// Of results that are nearly as good, the one whose colours lie least between two others is taken: where two classes meet, a tokenizer paints mixtures
/// of their colours, and a third colour near the middle of two would appear on their border.
/// Every start is fixed and only arithmetic that rounds alike everywhere is used, so that every machine finds the same colours.
/// </remarks>
internal static class PaletteSearch
{
    private const int Levels = 16;
    private const double Edge = 255;

    /// <summary>The share of the largest smallest distance that a palette may give up for colours that lie less between others.</summary>
    private const double NearlyAsGood = 0.985;

    private static readonly RgbColor[] Lattice =
    [
        .. from r in Enumerable.Range(0, Levels)
           from g in Enumerable.Range(0, Levels)
           from b in Enumerable.Range(0, Levels)
           select new RgbColor((byte)(r * 17), (byte)(g * 17), (byte)(b * 17)),
    ];

    public static RgbColor[] MaximalDistance(int count)
    {
        List<RgbColor[]> found = [FarthestPoints(count)];
        foreach (double[] points in PointSpreading.Arrangements(count, Edge))
        {
            RgbColor[] colors = Rounded(points);
            Settle(colors);
            found.Add(colors);
        }

        double wanted = NearlyAsGood * NearlyAsGood * found.Max(colors => SmallestSquaredDistance(colors));
        RgbColor[] best = found.Where(colors => SmallestSquaredDistance(colors) >= wanted).MinBy(colors => Betweenness(colors))!;
        return FarthestFirst(best);
    }

    public static int SquaredDistance(RgbColor a, RgbColor b)
    {
        int r = a.R - b.R, g = a.G - b.G, blue = a.B - b.B;
        return (r * r) + (g * g) + (blue * blue);
    }

    /// <summary>The smallest squared distance of all pairs; the largest whole number where there are no pairs.</summary>
    public static int SmallestSquaredDistance(ReadOnlySpan<RgbColor> colors)
    {
        int smallest = int.MaxValue;
        for (int i = 0; i < colors.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                smallest = Math.Min(smallest, SquaredDistance(colors[i], colors[j]));
            }
        }

        return smallest;
    }

    /// <summary>How far colours lie inside the ball around the middle of two others, summed over all: 0 where no mixture of two colours is nearer to a third in its middle.</summary>
    public static double Betweenness(ReadOnlySpan<RgbColor> colors)
    {
        double sum = 0;
        for (int i = 0; i < colors.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double radius = Math.Sqrt(SquaredDistance(colors[i], colors[j])) / 2;
                double x = (colors[i].R + colors[j].R) / 2.0, y = (colors[i].G + colors[j].G) / 2.0, z = (colors[i].B + colors[j].B) / 2.0;
                foreach (RgbColor third in colors)
                {
                    // The two themselves are on the ball's surface, and so add nothing but rounding.
                    double r = third.R - x, g = third.G - y, b = third.B - z;
                    sum += Math.Max(0, radius - Math.Sqrt((r * r) + (g * g) + (b * b)));
                }
            }
        }

        return sum;
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

    private static RgbColor[] FarthestPoints(int count) => FarthestFirst(Lattice, count);

    /// <summary>The same colours in the order in which each is the farthest from all before it, black or the darkest first: few classes get the most different colours.</summary>
    private static RgbColor[] FarthestFirst(RgbColor[] colors) => FarthestFirst([.. colors.OrderBy(c => SquaredDistance(c, default))], colors.Length);

    /// <summary>Farthest-point sampling: from the first candidate on, each next colour is the one farthest from all chosen before.</summary>
    private static RgbColor[] FarthestFirst(RgbColor[] candidates, int count)
    {
        var chosen = new RgbColor[count];
        int[] nearest = new int[candidates.Length];
        Array.Fill(nearest, int.MaxValue);
        int next = 0;
        for (int k = 0; k < count; k++)
        {
            chosen[k] = candidates[next];
            next = 0;
            for (int i = 0; i < nearest.Length; i++)
            {
                nearest[i] = Math.Min(nearest[i], SquaredDistance(candidates[i], chosen[k]));
                if (nearest[i] > nearest[next])
                {
                    next = i;
                }
            }
        }

        return chosen;
    }

    private static RgbColor[] Rounded(double[] points)
    {
        return [.. Enumerable.Range(0, points.Length / 3).Select(i => new RgbColor(Round(points[3 * i]), Round(points[(3 * i) + 1]), Round(points[(3 * i) + 2])))];

        static byte Round(double value) => (byte)Math.Floor(value + 0.5);
    }

    /// <summary>Rounding moves points: as long as it helps, one of the two nearest colours moves to the place nearby that is farthest from all others.</summary>
    private static void Settle(RgbColor[] colors)
    {
        while (true)
        {
            (int first, int second) = NearestPair(colors);
            if (!MoveAway(colors, first) && !MoveAway(colors, second))
            {
                return;
            }
        }
    }

    private static (int First, int Second) NearestPair(RgbColor[] colors)
    {
        (int First, int Second) pair = (0, 0);
        int smallest = int.MaxValue;
        for (int i = 0; i < colors.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int distance = SquaredDistance(colors[i], colors[j]);
                if (distance < smallest)
                {
                    (pair, smallest) = ((i, j), distance);
                }
            }
        }

        return pair;
    }

    private static bool MoveAway(RgbColor[] colors, int index)
    {
        const int reach = 2;
        RgbColor start = colors[index], best = start;
        int bestDistance = NearestDistance(colors, index, start);
        for (int r = Math.Max(0, start.R - reach); r <= Math.Min(255, start.R + reach); r++)
        {
            for (int g = Math.Max(0, start.G - reach); g <= Math.Min(255, start.G + reach); g++)
            {
                for (int b = Math.Max(0, start.B - reach); b <= Math.Min(255, start.B + reach); b++)
                {
                    var candidate = new RgbColor((byte)r, (byte)g, (byte)b);
                    int distance = NearestDistance(colors, index, candidate);
                    if (distance > bestDistance)
                    {
                        (best, bestDistance) = (candidate, distance);
                    }
                }
            }
        }

        colors[index] = best;
        return best != start;
    }

    private static int NearestDistance(RgbColor[] colors, int index, RgbColor candidate)
    {
        int nearest = int.MaxValue;
        for (int i = 0; i < colors.Length; i++)
        {
            if (i != index)
            {
                nearest = Math.Min(nearest, SquaredDistance(colors[i], candidate));
            }
        }

        return nearest;
    }
}
