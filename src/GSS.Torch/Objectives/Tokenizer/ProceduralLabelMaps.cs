using GSS.Core;

namespace GSS.Torch;

/// <summary>
/// Draws label maps that look like no data set in particular but have what all of them have: warped regions, bands, boxes, ellipses,
/// foliage with frayed borders, figures, fences and thin poles. The default tokenizer has seen nothing else.
/// </summary>
internal static class ProceduralLabelMaps
{
    /// <summary>Draws one label map.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="classCount">K, 2..254; a scene shows some of the K classes.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="objectScale">How much larger things are than on a training crop: 1 there, more for whole photographs.</param>
    public static LabelMap Draw(int width, int height, int classCount, Random random, double objectScale = 1)
    {
        // Drawn at another scale and resized by nearest neighbour in half of the cases, as training augmentation does with real label maps.
        double scale = random.NextDouble() < 0.5 ? 1 : Math.Pow(2, (random.NextDouble() * 2) - 1);
        int drawnWidth = Math.Max(8, (int)(width / scale));
        int drawnHeight = Math.Max(8, (int)(height / scale));
        var canvas = new LabelCanvas(drawnWidth, drawnHeight);
        byte[] classes = ChooseClasses(classCount, random);

        if (random.NextDouble() < 0.5)
        {
            DrawBands(canvas, classes, random);
        }
        else
        {
            DrawCells(canvas, classes, random);
        }

        // Density: from bare to crowded, in proportion to the area.
        double area = drawnWidth * (double)drawnHeight / (128 * 128 * objectScale * objectScale);
        int shapes = (int)Math.Min(400, Math.Exp(random.NextDouble() * 3.2) * area);
        for (int i = 0; i < shapes; i++)
        {
            DrawShape(canvas, classes[random.Next(classes.Length)], classes, random, objectScale);
        }

        var drawn = new LabelMap(drawnWidth, drawnHeight, canvas.Ids);
        return drawn.Resize(width, height);
    }

    private static byte[] ChooseClasses(int classCount, Random random)
    {
        byte[] all = new byte[classCount];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = (byte)i;
        }

        random.Shuffle(all);
        int used = Math.Clamp((int)Math.Exp(Math.Log(2) + (random.NextDouble() * 3)), 2, classCount);
        return all[..used];
    }

    private static void DrawBands(LabelCanvas canvas, byte[] classes, Random random)
    {
        // Sky over background over ground: horizons with slope and rough borders.
        int bands = random.Next(1, 6);
        canvas.Fill(classes[0]);
        for (int i = 1; i <= bands; i++)
        {
            byte id = classes[random.Next(classes.Length)];
            double level = canvas.Height * (i / (bands + 1.0)) * (0.6 + (0.8 * random.NextDouble()));
            double slope = (random.NextDouble() - 0.5) * 0.5;
            double roughness = Math.Pow(random.NextDouble(), 2) * 16;
            double[] profile = Noise(canvas.Width, 2 + random.Next(canvas.Width), random);
            for (int x = 0; x < canvas.Width; x++)
            {
                int top = (int)(level + (slope * (x - (canvas.Width / 2))) + (roughness * profile[x]));
                canvas.VerticalRun(x, top, canvas.Height, id);
            }
        }
    }

    private static void DrawCells(LabelCanvas canvas, byte[] classes, Random random)
    {
        // A Voronoi partition whose coordinates are warped by noise.
        int sites = random.Next(2, 24);
        var site = new (double X, double Y, byte Id)[sites];
        for (int i = 0; i < sites; i++)
        {
            site[i] = (random.NextDouble() * canvas.Width, random.NextDouble() * canvas.Height, classes[random.Next(classes.Length)]);
        }

        double warp = random.NextDouble() * 10;
        double jitter = random.NextDouble() < 0.12 ? random.NextDouble() * 2 : 0;
        double[] warpX = Noise(canvas.Height, 2 + random.Next(canvas.Height / 2), random);
        double[] warpY = Noise(canvas.Width, 2 + random.Next(canvas.Width / 2), random);
        for (int y = 0; y < canvas.Height; y++)
        {
            for (int x = 0; x < canvas.Width; x++)
            {
                double px = x + (warp * warpX[y]) + (jitter * (random.NextDouble() - 0.5));
                double py = y + (warp * warpY[x]) + (jitter * (random.NextDouble() - 0.5));
                double best = double.MaxValue;
                byte id = 0;
                foreach ((double sx, double sy, byte sid) in site)
                {
                    double d = ((px - sx) * (px - sx)) + ((py - sy) * (py - sy));
                    if (d < best)
                    {
                        best = d;
                        id = sid;
                    }
                }

                canvas.Ids[(y * canvas.Width) + x] = id;
            }
        }
    }

    private static void DrawShape(LabelCanvas canvas, byte id, byte[] classes, Random random, double objectScale)
    {
        double cx = random.NextDouble() * canvas.Width;
        double cy = random.NextDouble() * canvas.Height;
        double size = (Math.Exp(random.NextDouble() * 3.2) + 1) * objectScale;
        switch (random.Next(10))
        {
            case 0:
            case 1:
            case 2:
                // A pole: thin, long, mostly upright, sometimes with a sign at its top.
                double length = size * (2 + (random.NextDouble() * 6));
                double lean = random.NextDouble() < 0.7 ? (random.NextDouble() - 0.5) * 0.15 : (random.NextDouble() - 0.5) * 3;
                double thickness = 1 + (Math.Pow(random.NextDouble(), 2) * 4);
                canvas.Line(cx, cy, cx + (lean * length), cy + length, thickness, id);
                if (random.NextDouble() < 0.3)
                {
                    canvas.Rectangle(cx - (size / 4) - 1, cy - (size / 3), cx + (size / 4) + 1, cy + 1, classes[random.Next(classes.Length)]);
                }

                break;
            case 3:
                canvas.Rectangle(cx, cy, cx + (size * (0.3 + random.NextDouble())), cy + (size * (0.3 + random.NextDouble())), id);
                break;
            case 4:
                canvas.Ellipse(cx, cy, size * (0.3 + random.NextDouble()), size * (0.3 + random.NextDouble()), (random.NextDouble() - 0.5) * 3, 0, 0, id, random);
                break;
            case 5:
                // Foliage: an ellipse with a frayed border and holes.
                canvas.Ellipse(cx, cy, size * (0.6 + random.NextDouble()), size * (0.6 + random.NextDouble()), 0, random.NextDouble() * 0.4, random.NextDouble() < 0.15 ? random.NextDouble() * 0.2 : 0, id, random);
                break;
            case 6:
                // A figure: head, body, legs.
                double s = 1 + (size / 4);
                canvas.Ellipse(cx, cy - (2 * s), 0.6 * s, 0.7 * s, 0, 0, 0, id, random);
                canvas.Ellipse(cx, cy, s, 1.7 * s, 0, 0, 0, id, random);
                canvas.Line(cx - (0.4 * s), cy + s, cx - (s * random.NextDouble()), cy + (4 * s), Math.Max(1, 0.6 * s), id);
                canvas.Line(cx + (0.4 * s), cy + s, cx + (s * random.NextDouble()), cy + (4 * s), Math.Max(1, 0.6 * s), id);
                break;
            case 7:
                canvas.Triangle(cx, cy, cx + ((random.NextDouble() - 0.5) * 4 * size), cy + ((random.NextDouble() - 0.5) * 4 * size), cx + ((random.NextDouble() - 0.5) * 4 * size), cy + ((random.NextDouble() - 0.5) * 4 * size), id);
                break;
            case 8:
                // A fence: parallel posts with a rail.
                int posts = random.Next(2, 10);
                double gap = 2 + (random.NextDouble() * 6);
                double postHeight = 2 + (size / 2);
                for (int i = 0; i < posts; i++)
                {
                    canvas.Line(cx + (i * gap), cy, cx + (i * gap), cy + postHeight, 1 + (random.NextDouble() * 1.5), id);
                }

                canvas.Line(cx, cy + (postHeight / 3), cx + ((posts - 1) * gap), cy + (postHeight / 3), 1.2, id);
                break;
            default:
                // Specks and scraps.
                canvas.Rectangle(cx, cy, cx + 1 + (random.NextDouble() * 4), cy + 1 + (random.NextDouble() * 4), id);
                break;
        }
    }

    /// <summary>Smooth noise in -1..1: linear interpolation between random knots plus a finer octave.</summary>
    private static double[] Noise(int length, int knots, Random random)
    {
        double[] result = new double[length];
        double amplitude = 1;
        for (int octave = 0; octave < 3; octave++)
        {
            double[] value = new double[knots + 2];
            for (int i = 0; i < value.Length; i++)
            {
                value[i] = (random.NextDouble() * 2) - 1;
            }

            for (int i = 0; i < length; i++)
            {
                double position = i * (double)knots / length;
                int k = (int)position;
                double fraction = position - k;
                result[i] += amplitude * ((value[k] * (1 - fraction)) + (value[k + 1] * fraction));
            }

            amplitude /= 2;
            knots = Math.Min(length, knots * 2);
        }

        return result;
    }
}
