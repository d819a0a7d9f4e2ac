using System.Numerics;
using GSS.Core;

namespace Quickstart;

/// <summary>Takes the photograph of a street and its label map: four rays a pixel, then lens, exposure and sensor.</summary>
internal static class StreetCamera
{
    private const int RaysPerSide = 2;

    /// <summary>Draws the picture that belongs to a seed.</summary>
    public static (RgbImage Image, LabelMap Labels) Take(int seed, int width, int height)
    {
        var random = new Random(seed);
        var scene = new StreetScene(random);
        var light = new StreetLight(random);
        float Between(float least, float most) => least + ((most - least) * random.NextSingle());

        var eye = new Vector3(scene.LaneOffset * Between(-1, 1), Between(1.2f, 2.3f), 0);
        var turn = Matrix4x4.CreateRotationZ(Between(-0.025f, 0.025f)) * Matrix4x4.CreateRotationX(Between(-0.02f, 0.1f)) * Matrix4x4.CreateRotationY(Between(-0.3f, 0.3f));
        float focal = width * Between(0.75f, 1.1f);
        float bonnet = random.NextDouble() < 0.25 ? Between(0.06f, 0.14f) * height : 0;

        var film = new Vector3[width * height];
        byte[] ids = new byte[width * height];
        Span<int> votes = stackalloc int[256];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                votes.Clear();
                Vector3 sum = default;
                byte winner = LabelMap.Void;
                float winnerDistance = float.PositiveInfinity;
                for (int ray = 0; ray < RaysPerSide * RaysPerSide; ray++)
                {
                    float px = x + (((ray % RaysPerSide) + 0.5f) / RaysPerSide), py = y + (((ray / RaysPerSide) + 0.5f) / RaysPerSide);
                    (Vector3 color, byte id, float distance) = Look(px, py);
                    sum += color;

                    // The class of most rays, of equals the nearest.
                    if (++votes[id] > votes[winner] || (votes[id] == votes[winner] && distance < winnerDistance))
                    {
                        (winner, winnerDistance) = (id, distance);
                    }
                }

                film[(y * width) + x] = sum / (RaysPerSide * RaysPerSide);
                ids[(y * width) + x] = winner;
            }
        }

        return (new RgbImage(width, height, Develop(film, width, height, random)), new LabelMap(width, height, ids));

        (Vector3 Color, byte Id, float Distance) Look(float px, float py)
        {
            // The bonnet of the car that carries the camera, which label maps of street scenes leave void.
            float fromMiddle = (px / width) - 0.5f, bonnetTop = height - (bonnet * (1 - (2.2f * fromMiddle * fromMiddle)));
            if (bonnet > 0 && py > bonnetTop)
            {
                return (new Vector3(0.03f, 0.03f, 0.035f) + (light.Sky(new Vector3(fromMiddle, 0.7f, 0.7f)) * (0.25f * (1 - ((py - bonnetTop) / bonnet)))), LabelMap.Void, 0);
            }

            var direction = Vector3.Normalize(new((px - (width / 2f)) / focal, -(py - (height / 2f)) / focal, 1));
            var ray = new Ray(eye, Vector3.TransformNormal(direction, turn));
            return scene.Trace(ray) is { } hit
                ? (light.Shade(scene, ray, hit.Normal, hit.Distance, hit.Finish, random), (byte)hit.Class, hit.Distance)
                : (light.Sky(ray.Direction), (byte)StreetClass.Sky, float.PositiveInfinity);
        }
    }

    /// <summary>From linear light to 8 bits: lens blur, automatic exposure, white balance, vignette, tone curve, sensor noise.</summary>
    private static byte[] Develop(Vector3[] film, int width, int height, Random random)
    {
        float Between(float least, float most) => least + ((most - least) * random.NextSingle());
        Blur(film, width, height, Between(0.25f, 0.75f));
        float mean = film.Average(p => (p.X + p.Y + p.Z) / 3);
        Vector3 gain = new Vector3(Between(0.92f, 1.1f), 1, Between(0.9f, 1.1f)) * (Between(0.25f, 0.52f) / MathF.Pow(mean, 0.85f));
        float vignette = Between(0, 0.35f), contrast = Between(0.2f, 0.8f), noise = random.NextDouble() < 0.3 ? Between(0.012f, 0.03f) : Between(0.003f, 0.01f);
        byte[] pixels = new byte[3 * film.Length];
        for (int i = 0; i < film.Length; i++)
        {
            float dx = ((i % width) / (float)width) - 0.5f, dy = ((i / width) / (float)height) - 0.5f;
            Vector3 p = film[i] * gain * (1 - (vignette * 2 * ((dx * dx) + (dy * dy))));
            for (int channel = 0; channel < 3; channel++)
            {
                float tone = MathF.Pow(1 - MathF.Exp(-1.6f * MathF.Max(0, p[channel])), 1 / 2.2f);
                tone = ((1 - contrast) * tone) + (contrast * tone * tone * (3 - (2 * tone)));
                tone += noise * Gaussian(random) * (1.3f - tone);
                pixels[(3 * i) + channel] = (byte)Math.Clamp((int)((tone * 255) + 0.5f), 0, 255);
            }
        }

        return pixels;
    }

    private static void Blur(Vector3[] film, int width, int height, float sigma)
    {
        float side = MathF.Exp(-1 / (2 * sigma * sigma)), total = 1 + (2 * side);
        foreach ((int step, int period) in (ReadOnlySpan<(int, int)>)[(1, width), (width, height)])
        {
            Vector3[] source = [.. film];
            for (int i = 0; i < film.Length; i++)
            {
                int place = i / step % period;
                film[i] = (source[i] + (side * (source[place > 0 ? i - step : i] + source[place < period - 1 ? i + step : i]))) / total;
            }
        }
    }

    private static float Gaussian(Random random) =>
        MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
}
