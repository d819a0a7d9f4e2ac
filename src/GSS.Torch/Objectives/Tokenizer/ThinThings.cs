using GSS.Core;

namespace GSS.Torch;

/// <summary>Long poles of a few pixels, some with a small sign, and people far away: what a token of 4×4 pixels loses first, and rare in a label map drawn at random.</summary>
internal static class ThinThings
{
    /// <summary>Draws one to four of them.</summary>
    public static LabelMap On(LabelMap map, int classCount, Random random)
    {
        var canvas = new LabelCanvas(map.Width, map.Height);
        map.Ids.CopyTo(canvas.Ids);
        int count = 1 + random.Next(4);
        for (int i = 0; i < count; i++)
        {
            byte id = (byte)random.Next(classCount), sign = (byte)random.Next(classCount);
            double x = random.NextDouble() * map.Width;
            if (random.Next(3) < 2)
            {
                DrawPole(canvas, x, id, sign, random);
            }
            else
            {
                DrawPeople(canvas, x, id, random);
            }
        }

        return new(map.Width, map.Height, canvas.Ids);
    }

    /// <summary>1 to 3.5 pixels thick, mostly upright; it may begin above the canvas.</summary>
    private static void DrawPole(LabelCanvas canvas, double x, byte id, byte sign, Random random)
    {
        double y = ((random.NextDouble() * 1.3) - 0.3) * canvas.Height;
        double length = 12 + (random.NextDouble() * canvas.Height);
        double lean = (random.NextDouble() - 0.5) * (random.Next(4) == 0 ? 0.5 : 0.06);
        canvas.Line(x, y, x + (lean * length), y + length, 1 + (random.NextDouble() * 2.5), id);
        if (random.Next(3) != 0)
        {
            return;
        }

        double size = 2 + (random.NextDouble() * 5);
        double at = y + (random.NextDouble() * length * 0.4);
        if (random.Next(2) == 0)
        {
            canvas.Rectangle(x - (size * random.NextDouble()), at - size, x + size, at + size, sign);
        }
        else
        {
            canvas.Ellipse(x, at, size * 0.8, size, 0, 0, 0, sign, random);
        }
    }

    /// <summary>One to three side by side, 2 to 9 pixels wide.</summary>
    private static void DrawPeople(LabelCanvas canvas, double x, byte id, Random random)
    {
        double size = 1 + (random.NextDouble() * 3.5);
        double y = random.NextDouble() * canvas.Height;
        int people = random.Next(1, 4);
        for (int i = 0; i < people; i++)
        {
            double cx = x + (i * size * (1.5 + random.NextDouble()));
            canvas.Ellipse(cx, y - (2.2 * size), 0.55 * size, 0.7 * size, 0, 0, 0, id, random);
            canvas.Ellipse(cx, y, size * (0.7 + (0.4 * random.NextDouble())), 1.7 * size, 0, 0, 0, id, random);
            canvas.Line(cx - (0.4 * size), y + size, cx - (size * random.NextDouble()), y + (4 * size), Math.Max(1, 0.6 * size), id);
            canvas.Line(cx + (0.4 * size), y + size, cx + (size * random.NextDouble()), y + (4 * size), Math.Max(1, 0.6 * size), id);
        }
    }
}
