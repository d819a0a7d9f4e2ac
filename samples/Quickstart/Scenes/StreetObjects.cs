using System.Numerics;

namespace Quickstart;

/// <summary>The things that stand in a street, built from simple shapes. Lengths are metres; y points up, z away from the camera.</summary>
internal sealed class StreetObjects(Random random)
{
    private static readonly Vector3 Glass = new(0.05f, 0.06f, 0.07f);

    /// <summary>A car on four wheels with the middle of its floor at (x, z), driving along the heading (radians from the z axis).</summary>
    public SceneObject Car(float x, float z, float heading)
    {
        bool van = random.NextDouble() < 0.2;
        float length = Between(3.7f, 4.7f) + (van ? 0.5f : 0), half = length / 2, width = Between(1.68f, 1.9f), height = van ? Between(1.9f, 2.4f) : Between(1.38f, 1.6f);
        float belt = van ? 1.1f : 0.92f, bonnet = van ? 0.5f : Between(0.9f, 1.2f), boot = van ? 0.05f : random.NextDouble() < 0.5 ? 0.15f : 0.7f;
        Vector3 paint = Pick(CarPaints) * Between(0.7f, 1.1f);
        var turn = new Turn(new Vector3(x, 0, z), heading);

        Finish Body(Vector3 point)
        {
            Vector3 p = turn.ToLocal(point);
            bool end = MathF.Abs(p.Z) > half - 0.16f;
            if (end && p.Y is > 0.58f and < 0.76f && MathF.Abs(p.X) > (width / 2) - 0.42f)
            {
                return new(p.Z > 0 ? new Vector3(0.9f, 0.9f, 0.85f) : new Vector3(0.6f, 0.02f, 0.02f), 0.3f);
            }

            return end && p.Y is > 0.4f and < 0.53f && MathF.Abs(p.X) < 0.27f ? new(new Vector3(0.7f, 0.68f, 0.4f))
                : p.Y < 0.33f ? new(new Vector3(0.03f))
                : new(paint, 0.07f);
        }

        Finish Cabin(Vector3 point)
        {
            Vector3 p = turn.ToLocal(point);
            bool pillar = MathF.Abs(p.Z - 0.1f) < 0.05f || MathF.Abs(p.X) > (width / 2) - 0.13f && MathF.Abs(MathF.Abs(p.Z + 0.15f) - 1.25f) < 0.09f;
            bool cargo = van && p.Z < half - 1.6f;
            return p.Y > belt + 0.05f && p.Y < height - 0.11f && !pillar && !cargo ? new(Glass, 0.3f) : new(paint, 0.07f);
        }

        Finish Wheel(Vector3 point)
        {
            Vector3 p = turn.ToLocal(point);
            float dy = p.Y - 0.31f, dz = MathF.Abs(p.Z) - (half - 0.8f);
            return new((dy * dy) + (dz * dz) < 0.036f ? new Vector3(0.35f) : new Vector3(0.02f));
        }

        List<Shape> shapes =
        [
            new ConvexShape(StreetClass.Car, Body, turn.Planes(
                (new(1, 0.1f, 0), new(width / 2, 0.6f, 0)), (new(-1, 0.1f, 0), new(-width / 2, 0.6f, 0)),
                (new(0, -1, 0), new(0, 0.2f, 0)), (new(0, 1, 0.06f), new(0, belt, 0)),
                (new(0, 0.25f, 1), new(0, 0.6f, half)), (new(0, 0.2f, -1), new(0, 0.6f, -half)))),
            new ConvexShape(StreetClass.Car, Cabin, turn.Planes(
                (new(1, 0.22f, 0), new((width / 2) - 0.04f, belt, 0)), (new(-1, 0.22f, 0), new(-(width / 2) + 0.04f, belt, 0)),
                (new(0, -1, 0), new(0, belt - 0.1f, 0)), (new(0, 1, 0), new(0, height, 0)),
                (new(0, 1, van ? 1.6f : 0.8f), new(0, belt, half - bonnet)), (new(0, van ? 0.1f : 0.6f, -1), new(0, belt, -half + boot)))),
        ];
        foreach (float side in (ReadOnlySpan<float>)[-1, 1])
        {
            foreach (float end in (ReadOnlySpan<float>)[-1, 1])
            {
                float wheelX = side * ((width / 2) - 0.02f), wheelZ = end * (half - 0.8f);
                shapes.Add(new Cylinder(StreetClass.Car, Wheel, turn.ToWorld(new(wheelX - (side * 0.2f), 0.31f, wheelZ)), turn.ToWorld(new(wheelX, 0.31f, wheelZ)), 0.31f));
            }
        }

        return new(turn.ToWorld(new(0, height / 2, 0)), half + 0.9f, shapes);
    }

    /// <summary>A person in the middle of a step, standing at (x, z).</summary>
    public SceneObject Person(float x, float z)
    {
        float height = random.NextDouble() < 0.15 ? Between(1.1f, 1.4f) : Between(1.58f, 1.9f), s = height / 1.75f;
        float stride = Between(-0.3f, 0.3f) * s;
        Vector3 coat = Pick(Clothes) * Between(0.6f, 1.2f), trousers = Pick(Clothes) * Between(0.3f, 0.8f);
        Vector3 skin = new Vector3(0.62f, 0.4f, 0.29f) * Between(0.4f, 1.15f), hair = new Vector3(0.16f, 0.1f, 0.06f) * Between(0.2f, 2.5f);
        var turn = new Turn(new Vector3(x, 0, z), Between(0, 6.28f));
        Vector3 At(float px, float py, float pz) => turn.ToWorld(new Vector3(px, py, pz) * s);
        Finish Coat(Vector3 p) => new(coat * (0.75f + (0.5f * Noise.At(p * 7))));
        Finish Trousers(Vector3 p) => new(trousers * (0.8f + (0.4f * Noise.At(p * 6))));
        Finish Head(Vector3 p) => new(p.Y > 1.68f * s ? hair : skin);
        return new(At(0, 0.9f, 0), 1.05f * s,
        [
            new Cylinder(StreetClass.Person, Trousers, At(0.09f, 0.02f, stride), At(0.08f, 0.88f, 0), 0.085f * s),
            new Cylinder(StreetClass.Person, Trousers, At(-0.09f, 0.02f, -stride), At(-0.08f, 0.88f, 0), 0.085f * s),
            new Ellipsoid(StreetClass.Person, Coat, At(0, 1.16f, 0), new Vector3(0.22f, 0.37f, 0.2f) * s),
            new Cylinder(StreetClass.Person, Coat, At(0.24f, 1.42f, 0), At(0.28f, 0.88f, -stride * 0.7f), 0.06f * s),
            new Cylinder(StreetClass.Person, Coat, At(-0.24f, 1.42f, 0), At(-0.28f, 0.88f, stride * 0.7f), 0.06f * s),
            new Ellipsoid(StreetClass.Person, Head, At(0, 1.63f, 0), new Vector3(0.1f, 0.13f, 0.11f) * s),
        ]);
    }

    /// <summary>A lamp post, a traffic light or a sign post at (x, z); arms reach towards <paramref name="roadSide"/> (+1 or -1 along x).</summary>
    public SceneObject Pole(float x, float z, float roadSide)
    {
        float radius = Between(0.05f, 0.11f), height;
        Vector3 paint = Pick(Metals) * Between(0.6f, 1.2f);
        Finish Metal(Vector3 p) => new(paint * (0.85f + (0.3f * Noise.At(p * 4))), 0.05f);
        List<Shape> shapes = [];
        switch (random.Next(4))
        {
            case 0:
                height = Between(2.4f, 3);
                Vector3 sign = Pick(SignColors);
                shapes.Add(Box(StreetClass.Pole, _ => new(sign), new(x - 0.3f, height - 0.65f, z - radius - 0.04f), new(x + 0.3f, height, z - radius)));
                break;
            case 1:
                height = Between(3, 3.6f);
                shapes.Add(Box(StreetClass.Pole, p => TrafficLight(p, height - p.Y), new(x - 0.16f, height - 0.85f, z - 0.22f), new(x + 0.16f, height, z - 0.02f)));
                break;
            default:
                height = Between(5.5f, 8.5f);
                float reach = roadSide * Between(0.8f, 2.2f);
                shapes.Add(new Cylinder(StreetClass.Pole, Metal, new(x, height - 0.1f, z), new(x + reach, height + 0.2f, z), radius * 0.7f));
                shapes.Add(Box(StreetClass.Pole, _ => new(new Vector3(0.6f)), Vector3.Min(new(x + reach, height + 0.1f, z - 0.12f), new(x + (reach * 1.3f), height + 0.1f, z)), Vector3.Max(new(x + reach, height + 0.28f, z + 0.12f), new(x + (reach * 1.3f), height + 0.28f, z))));
                break;
        }

        shapes.Add(new Cylinder(StreetClass.Pole, Metal, new(x, 0, z), new(x, height, z), radius));
        return new(new Vector3(x, height / 2, z), (height / 2) + 3, shapes);
    }

    /// <summary>A tree at (x, z).</summary>
    public SceneObject Tree(float x, float z)
    {
        float trunk = Between(1.8f, 2.8f), crown = Between(1.2f, 2.4f);
        Vector3 leaves = Vector3.Lerp(new(0.05f, 0.13f, 0.03f), new(0.2f, 0.19f, 0.04f), Between(0, 0.8f)) * Between(0.8f, 1.5f);
        Finish Leaves(Vector3 p) => new(leaves * (0.35f + (1.3f * Noise.Fractal(p * 2.6f, 3))));
        Finish Bark(Vector3 p) => new(new Vector3(0.13f, 0.1f, 0.07f) * (0.5f + Noise.At(new Vector3(p.X * 14, p.Y * 2, p.Z * 14))));
        var centre = new Vector3(x, trunk + (crown * 0.8f), z);
        List<Shape> shapes = [new Cylinder(StreetClass.Tree, Bark, new(x, 0, z), new(x, trunk + crown, z), Between(0.1f, 0.22f))];
        for (int i = 0; i < 7; i++)
        {
            Vector3 offset = new Vector3(Between(-0.6f, 0.6f), Between(-0.5f, 0.6f), Between(-0.6f, 0.6f)) * crown;
            shapes.Add(new Ellipsoid(StreetClass.Tree, Leaves, centre + offset, new Vector3(Between(0.45f, 0.75f)) * crown, ragged: 0.4f));
        }

        return new(new Vector3(x, (trunk + crown) * 0.8f, z), trunk + (crown * 1.8f), shapes);
    }

    /// <summary>Street furniture that nobody labelled: bins, boxes and barriers, void in the label map.</summary>
    public SceneObject Furniture(float x, float z)
    {
        float height = Between(0.7f, 1.3f), width = Between(0.2f, 0.5f);
        Vector3 paint = Pick(SignColors) * Between(0.2f, 0.7f);
        Finish Painted(Vector3 p) => new(paint * (0.7f + (0.6f * Noise.At(p * 5))));
        Shape shape = random.Next(2) == 0
            ? new Cylinder(StreetClass.Void, Painted, new(x, 0, z), new(x, height, z), width)
            : Box(StreetClass.Void, Painted, new(x - width, 0, z - 0.3f), new(x + width, height, z + 0.3f));
        return new(new Vector3(x, height / 2, z), height + width, [shape]);
    }

    /// <summary>A box with upright sides between two corners.</summary>
    public static ConvexShape Box(StreetClass @class, Func<Vector3, Finish> finish, Vector3 least, Vector3 most) => new(@class, finish,
    [
        new(1, 0, 0, most.X), new(-1, 0, 0, -least.X), new(0, 1, 0, most.Y), new(0, -1, 0, -least.Y), new(0, 0, 1, most.Z), new(0, 0, -1, -least.Z),
    ]);

    private static Finish TrafficLight(Vector3 point, float fromTop)
    {
        Vector3 lamp = fromTop switch { < 0.28f => new(0.9f, 0.05f, 0.03f), < 0.55f => new(0.25f, 0.16f, 0.02f), _ => new(0.02f, 0.2f, 0.08f) };
        float inLamp = MathF.Abs((fromTop % 0.28f) - 0.14f);
        return new(inLamp < 0.09f && Noise.At(point) >= 0 ? lamp : new Vector3(0.02f));
    }

    private static readonly Vector3[] CarPaints = [new(0.6f), new(0.75f), new(0.03f), new(0.12f), new(0.3f, 0.02f, 0.02f), new(0.03f, 0.07f, 0.25f), new(0.25f, 0.28f, 0.3f), new(0.05f, 0.17f, 0.1f), new(0.5f, 0.35f, 0.05f)];
    private static readonly Vector3[] Clothes = [new(0.04f), new(0.3f, 0.04f, 0.04f), new(0.05f, 0.09f, 0.25f), new(0.35f), new(0.3f, 0.24f, 0.14f), new(0.06f, 0.16f, 0.08f), new(0.55f, 0.45f, 0.1f), new(0.6f)];
    private static readonly Vector3[] Metals = [new(0.28f), new(0.1f), new(0.4f), new(0.05f, 0.12f, 0.08f)];
    private static readonly Vector3[] SignColors = [new(0.55f, 0.04f, 0.04f), new(0.03f, 0.12f, 0.5f), new(0.8f), new(0.7f, 0.5f, 0.03f), new(0.05f, 0.3f, 0.12f)];

    private float Between(float least, float most) => least + ((most - least) * random.NextSingle());

    private Vector3 Pick(Vector3[] choices) => choices[random.Next(choices.Length)];

    /// <summary>A place and a heading: local x is to the side, z forward.</summary>
    private readonly struct Turn(Vector3 origin, float heading)
    {
        private readonly float _sin = MathF.Sin(heading), _cos = MathF.Cos(heading);

        public Vector3 ToWorld(Vector3 local) => origin + Direction(local);

        public Vector3 ToLocal(Vector3 world)
        {
            Vector3 p = world - origin;
            return new((_cos * p.X) - (_sin * p.Z), p.Y, (_sin * p.X) + (_cos * p.Z));
        }

        /// <summary>Planes in world coordinates from outward directions and points in local ones.</summary>
        public Plane[] Planes(params ReadOnlySpan<(Vector3 Outward, Vector3 Through)> sides)
        {
            var planes = new Plane[sides.Length];
            for (int i = 0; i < planes.Length; i++)
            {
                Vector3 normal = Vector3.Normalize(Direction(sides[i].Outward));
                planes[i] = new(normal, Vector3.Dot(normal, ToWorld(sides[i].Through)));
            }

            return planes;
        }

        private Vector3 Direction(Vector3 local) => new((_cos * local.X) + (_sin * local.Z), local.Y, (_cos * local.Z) - (_sin * local.X));
    }
}
