using System.Runtime.CompilerServices;

namespace GSS.Core;

/// <summary>Spreads points in a cube so that the smallest distance between two of them becomes large: the same question as how to pack equal balls densely.</summary>
/// <remarks>
/// Two points nearer than a wanted distance push each other apart by what is missing; the walls hold them in. Where the wanted distance grows from small,
/// few points find the best arrangement; where it shrinks from more than can be had, many points crystallise into a dense one. Both are tried.
/// </remarks>
internal static class PointSpreading
{
    private const int Steps = 600;
    private const int PolishRounds = 8;
    private const int PolishSteps = 100;

    /// <summary>Arrangements of points as x, y, z of one point after the other, each 0..<paramref name="edge"/>, from fixed starts: many for few points, few for many, so that the time stays alike.</summary>
    public static IEnumerable<double[]> Arrangements(int count, double edge)
    {
        // A linear congruential generator (Knuth's MMIX constants): fixed for all time, unlike System.Random.
        ulong state = 0;
        int starts = Math.Clamp(100_000 / (count * count), 4, 64);
        for (int start = 0; start < starts; start++)
        {
            double[] points = new double[3 * count];
            for (int i = 0; i < points.Length; i++)
            {
                state = unchecked((state * 6364136223846793005) + 1442695040888963407);
                points[i] = (state >> 40) * (edge / (1 << 24));
            }

            yield return start % 2 == 0 ? Spread(points, edge, 0.5, 0.9) : Spread(points, edge, 1.0, 0.6);
        }
    }

    /// <summary>The arrangement with the largest smallest distance that pushing passes through.</summary>
    /// <param name="points">The start; changed.</param>
    /// <param name="edge">The cube's edge.</param>
    /// <param name="from">The wanted distance at first, as a share of what the densest packing without walls would give.</param>
    /// <param name="to">The wanted distance at last.</param>
    private static double[] Spread(double[] points, double edge, double from, double to)
    {
        double[] best = [.. points];
        double bestDistance = SmallestSquaredDistance(points);
        double bound = DensestPackingDistance(points.Length / 3, edge);
        for (int step = 0; step < Steps; step++)
        {
            PushApart(points, bound * (from + ((to - from) * step / Steps)), edge);
            Keep();
        }

        for (int round = 0; round < PolishRounds; round++)
        {
            best.CopyTo(points, 0);
            double wanted = Math.Sqrt(bestDistance) * (1 + (0.02 / (1 << round)));
            for (int step = 0; step < PolishSteps; step++)
            {
                PushApart(points, wanted, edge);
                Keep();
            }
        }

        return best;

        void Keep()
        {
            double distance = SmallestSquaredDistance(points);
            if (distance > bestDistance)
            {
                points.CopyTo(best, 0);
                bestDistance = distance;
            }
        }
    }

    // Balls of diameter d around n points in a cube of edge a lie in a cube of edge a + d; at most the share π / √18 of it can be filled.
    private static double DensestPackingDistance(int count, double edge)
    {
        double balls = Math.Pow(count / Math.Sqrt(2), 1.0 / 3) - 1;
        double diagonal = edge * Math.Sqrt(3);
        return balls > 0 ? Math.Min(diagonal, edge / balls) : diagonal;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PushApart(double[] points, double wanted, double edge)
    {
        double wantedSquared = wanted * wanted;
        for (int i = 0; i < points.Length; i += 3)
        {
            for (int j = 0; j < i; j += 3)
            {
                double x = points[i] - points[j], y = points[i + 1] - points[j + 1], z = points[i + 2] - points[j + 2];
                double squared = (x * x) + (y * y) + (z * z);
                if (squared < wantedSquared && squared > 1e-12)
                {
                    double distance = Math.Sqrt(squared);
                    double share = (wanted - distance) / distance / 2;
                    points[i] = Math.Clamp(points[i] + (share * x), 0, edge);
                    points[i + 1] = Math.Clamp(points[i + 1] + (share * y), 0, edge);
                    points[i + 2] = Math.Clamp(points[i + 2] + (share * z), 0, edge);
                    points[j] = Math.Clamp(points[j] - (share * x), 0, edge);
                    points[j + 1] = Math.Clamp(points[j + 1] - (share * y), 0, edge);
                    points[j + 2] = Math.Clamp(points[j + 2] - (share * z), 0, edge);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SmallestSquaredDistance(double[] points)
    {
        double smallest = double.PositiveInfinity;
        for (int i = 0; i < points.Length; i += 3)
        {
            double px = points[i], py = points[i + 1], pz = points[i + 2];
            for (int j = 0; j < i; j += 3)
            {
                double x = px - points[j], y = py - points[j + 1], z = pz - points[j + 2];
                double squared = (x * x) + (y * y) + (z * z);
                if (squared < smallest)
                {
                    smallest = squared;
                }
            }
        }

        return smallest;
    }
}
