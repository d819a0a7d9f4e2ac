using System.Numerics;

namespace Quickstart;

/// <summary>Value noise: smooth random numbers over space, the same for the same point every time.</summary>
internal static class Noise
{
    /// <summary>Smooth noise, 0..1, that changes over about one unit of length.</summary>
    public static float At(Vector3 point)
    {
        var floor = new Vector3(MathF.Floor(point.X), MathF.Floor(point.Y), MathF.Floor(point.Z));
        Vector3 t = point - floor;
        t = t * t * (new Vector3(3) - (2 * t));
        int x = (int)floor.X, y = (int)floor.Y, z = (int)floor.Z;
        return Mix(
            Mix(Mix(Hash(x, y, z), Hash(x + 1, y, z), t.X), Mix(Hash(x, y + 1, z), Hash(x + 1, y + 1, z), t.X), t.Y),
            Mix(Mix(Hash(x, y, z + 1), Hash(x + 1, y, z + 1), t.X), Mix(Hash(x, y + 1, z + 1), Hash(x + 1, y + 1, z + 1), t.X), t.Y),
            t.Z);
    }

    /// <summary>Noise of several scales at once, 0..1: the first over one unit of length, each further one twice as fine and half as strong.</summary>
    public static float Fractal(Vector3 point, int octaves)
    {
        float sum = 0, weight = 1, total = 0;
        for (int i = 0; i < octaves; i++)
        {
            sum += weight * At(point);
            total += weight;
            weight /= 2;
            point = (point * 2) + new Vector3(17.3f, 5.1f, 9.7f);
        }

        return sum / total;
    }

    /// <summary>A random number, 0..1, for three whole numbers.</summary>
    public static float Hash(int x, int y, int z)
    {
        uint h = unchecked(((uint)x * 0x9E3779B1u) ^ ((uint)y * 0x85EBCA77u) ^ ((uint)z * 0xC2B2AE3Du));
        h = unchecked((h ^ (h >> 15)) * 0x2C1B3C6Du);
        h = unchecked((h ^ (h >> 12)) * 0x297A2D39u);
        return ((h ^ (h >> 15)) & 0xFFFFFF) / 16777216f;
    }

    private static float Mix(float a, float b, float t) => a + (t * (b - a));
}
