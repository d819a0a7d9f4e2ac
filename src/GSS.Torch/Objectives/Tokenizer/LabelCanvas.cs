namespace GSS.Torch;

/// <summary>Class ids to draw plain shapes on, clipped to the canvas; coordinates in pixels, x to the right, y down.</summary>
internal sealed class LabelCanvas(int width, int height)
{
    public int Width { get; } = width;

    public int Height { get; } = height;

    public byte[] Ids { get; } = new byte[width * height];

    public void Fill(byte id) => Ids.AsSpan().Fill(id);

    public void VerticalRun(int x, int top, int bottom, byte id)
    {
        for (int y = Math.Max(0, top); y < Math.Min(Height, bottom); y++)
        {
            Ids[(y * Width) + x] = id;
        }
    }

    public void Rectangle(double left, double top, double right, double bottom, byte id)
    {
        int x0 = Math.Clamp((int)left, 0, Width);
        int x1 = Math.Clamp((int)right, x0, Width);
        for (int y = Math.Max(0, (int)top); y < Math.Min(Height, (int)bottom); y++)
        {
            Ids.AsSpan((y * Width) + x0, x1 - x0).Fill(id);
        }
    }

    /// <summary>A segment of the given thickness: every pixel whose centre is nearer than half of it.</summary>
    public void Line(double x0, double y0, double x1, double y1, double thickness, byte id)
    {
        double dx = x1 - x0;
        double dy = y1 - y0;
        double squaredLength = Math.Max(1e-9, (dx * dx) + (dy * dy));
        double radius = thickness / 2;
        ForBox(Math.Min(x0, x1) - radius, Math.Min(y0, y1) - radius, Math.Max(x0, x1) + radius, Math.Max(y0, y1) + radius, id, (x, y) =>
        {
            double t = Math.Clamp((((x - x0) * dx) + ((y - y0) * dy)) / squaredLength, 0, 1);
            double ex = x - x0 - (t * dx);
            double ey = y - y0 - (t * dy);
            return (ex * ex) + (ey * ey) <= radius * radius;
        });
    }

    /// <summary>An ellipse, turned by <paramref name="angle"/> radians; <paramref name="fray"/> 0..1 roughens its border, <paramref name="holes"/> 0..1 is the share of pixels left out.</summary>
    public void Ellipse(double cx, double cy, double rx, double ry, double angle, double fray, double holes, byte id, Random random)
    {
        double cos = Math.Cos(angle);
        double sin = Math.Sin(angle);
        double radius = Math.Max(rx, ry);
        ForBox(cx - radius, cy - radius, cx + radius, cy + radius, id, (x, y) =>
        {
            double u = (((x - cx) * cos) + ((y - cy) * sin)) / rx;
            double v = (((y - cy) * cos) - ((x - cx) * sin)) / ry;
            double distance = (u * u) + (v * v);
            return distance <= (fray > 0 ? 1 - (fray * random.NextDouble()) : 1) && (holes <= 0 || random.NextDouble() >= holes);
        });
    }

    public void Triangle(double x0, double y0, double x1, double y1, double x2, double y2, byte id)
    {
        double Side(double ax, double ay, double bx, double by, double x, double y) => ((bx - ax) * (y - ay)) - ((by - ay) * (x - ax));
        ForBox(Math.Min(x0, Math.Min(x1, x2)), Math.Min(y0, Math.Min(y1, y2)), Math.Max(x0, Math.Max(x1, x2)), Math.Max(y0, Math.Max(y1, y2)), id, (x, y) =>
        {
            bool a = Side(x0, y0, x1, y1, x, y) >= 0;
            bool b = Side(x1, y1, x2, y2, x, y) >= 0;
            bool c = Side(x2, y2, x0, y0, x, y) >= 0;
            return a == b && b == c;
        });
    }

    private void ForBox(double left, double top, double right, double bottom, byte id, Func<double, double, bool> inside)
    {
        int x0 = Math.Max(0, (int)left);
        int x1 = Math.Min(Width - 1, (int)right + 1);
        for (int y = Math.Max(0, (int)top); y <= Math.Min(Height - 1, (int)bottom + 1); y++)
        {
            for (int x = x0; x <= x1; x++)
            {
                if (inside(x + 0.5, y + 0.5))
                {
                    Ids[(y * Width) + x] = id;
                }
            }
        }
    }
}
