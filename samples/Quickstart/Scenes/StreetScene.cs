using System.Numerics;

namespace Quickstart;

/// <summary>One street: road and pavements on the ground, buildings along them, and what stands and drives there.</summary>
internal sealed class StreetScene
{
    private readonly Random _random;
    private readonly List<SceneObject> _objects = [];
    private readonly SceneObjects _things;
    private readonly float _roadHalfWidth, _pavementWidth, _asphalt, _crossing, _sideStreet;
    private readonly bool _wornMarkings;

    public StreetScene(Random random)
    {
        _random = random;
        _roadHalfWidth = Between(3.2f, 6);
        _pavementWidth = Between(1.8f, 4);
        _asphalt = Between(0.09f, 0.2f);
        _crossing = random.NextDouble() < 0.35 ? Between(8, 22) : float.MaxValue;
        _sideStreet = random.NextDouble() < 0.5 ? Between(14, 45) : float.MaxValue;
        _wornMarkings = random.NextDouble() < 0.3;
        var things = new StreetObjects(random);
        foreach (float side in (ReadOnlySpan<float>)[-1, 1])
        {
            AddBuildings(side);
            AddAlongThePavement(things, side);
            AddCars(things, side);
        }

        AddHorizon();
        for (int people = random.Next(3); people > 0; people--)
        {
            _objects.Add(things.Person(Between(-_roadHalfWidth, _roadHalfWidth), _crossing < 100 ? _crossing + Between(-1.2f, 1.2f) : Between(7, 30)));
        }

        _things = new(_objects);
    }

    /// <summary>Where a camera in a car, or on the road, may stand sideways of the middle.</summary>
    public float LaneOffset => _roadHalfWidth / 2;

    /// <summary>The first thing that a ray meets; null for the sky.</summary>
    public (StreetClass Class, Finish Finish, Vector3 Normal, float Distance)? Trace(in Ray ray)
    {
        float nearest = float.PositiveInfinity;
        Shape? hit = _things.Find(ray, ref nearest, out Vector3 normal);
        float ground = ray.Direction.Y < 0 ? -ray.Origin.Y / ray.Direction.Y : float.PositiveInfinity;
        if (ground < nearest && ground < 400)
        {
            (StreetClass @class, Finish finish) = Ground(ray.At(ground));
            return (@class, finish, Vector3.UnitY, ground);
        }

        return hit is null ? null : (hit.Class, hit.Finish(ray.At(nearest)), normal, nearest);
    }

    /// <summary>Whether something stands in the way of light within a distance.</summary>
    public bool IsBlocked(in Ray ray, float within) => _things.Find(ray, ref within, out _, any: true) is not null;

    private (StreetClass Class, Finish Finish) Ground(Vector3 p)
    {
        float aside = MathF.Abs(p.X);
        bool sideStreet = MathF.Abs(p.Z - _sideStreet) < 3.2f;
        float grain = 0.6f + (0.5f * Noise.Fractal(p * 0.7f, 3)) + (0.35f * (Noise.At(p * 23) - 0.5f));
        if (aside > _roadHalfWidth && !sideStreet)
        {
            if (aside < _roadHalfWidth + 0.18f)
            {
                return (StreetClass.Pavement, new(new Vector3(0.42f) * grain));
            }

            bool joint = Fraction(p.X / 0.6f) < 0.06f || Fraction(p.Z / 0.6f) < 0.06f;
            Vector3 slab = new Vector3(0.3f, 0.275f, 0.25f) * (0.85f + (0.3f * Noise.Hash((int)MathF.Floor(p.X / 0.6f), 7, (int)MathF.Floor(p.Z / 0.6f))));
            return (StreetClass.Pavement, new(slab * grain * (joint ? 0.65f : 1)));
        }

        bool zebra = MathF.Abs(p.Z - _crossing) < 1.5f && Fraction(p.X / 1.1f) < 0.5f && aside < _roadHalfWidth - 0.2f;
        bool middle = aside < 0.07f && Fraction(p.Z / 4) < 0.5f && !sideStreet;
        bool edge = MathF.Abs(aside - _roadHalfWidth + 0.35f) < 0.06f && !sideStreet;
        bool painted = (zebra || middle || edge) && (!_wornMarkings || Noise.At(p * 3) > 0.45f);
        bool patch = Noise.At(new Vector3(p.X * 0.3f, 3, p.Z * 0.12f)) > 0.72f;
        return (StreetClass.Road, new((painted ? new Vector3(0.6f) : new Vector3(_asphalt, _asphalt, _asphalt * 1.04f) * (patch ? 0.7f : 1)) * grain));
    }

    private void AddBuildings(float side)
    {
        float front = _roadHalfWidth + _pavementWidth;
        for (float z = Between(-8, -2); z < 95;)
        {
            float length = Between(6, 18), height = Between(5, 19), depth = front + Between(0, 1.5f);
            bool gap = _random.NextDouble() < 0.13 || MathF.Abs(z + (length / 2) - _sideStreet) < (length / 2) + 3.4f;
            if (!gap)
            {
                Vector3 least = side > 0 ? new(depth, 0, z) : new(-depth - 12, 0, z);
                _objects.Add(Building(least, least + new Vector3(12, height, length)));
            }

            z += length + (gap ? 0 : _random.NextDouble() < 0.3 ? Between(0.5f, 3) : 0);
        }
    }

    private void AddHorizon()
    {
        for (float x = -70; x < 70; x += 14)
        {
            if (MathF.Abs(x + 7) > 16 || _random.NextDouble() < 0.35)
            {
                _objects.Add(Building(new(x, 0, 110), new(x + Between(9, 14), Between(5, 16), 120)));
            }
        }
    }

    private SceneObject Building(Vector3 least, Vector3 most)
    {
        Vector3 wall = FacadeColors[_random.Next(FacadeColors.Length)] * Between(0.75f, 1.15f);
        Vector3 trim = Vector3.Lerp(wall, new Vector3(0.6f), 0.5f), glass = new Vector3(0.06f, 0.07f, 0.09f), shop = FacadeColors[_random.Next(FacadeColors.Length)] * 0.5f;
        float storey = Between(2.7f, 3.5f), bay = Between(1.6f, 3.2f), windowWidth = Between(0.35f, 0.6f), windowHeight = Between(0.45f, 0.65f);
        bool brick = _random.NextDouble() < 0.4, shops = _random.NextDouble() < 0.5, pitched = _random.NextDouble() < 0.35;
        float eaves = pitched ? most.Y - MathF.Min(2.2f, most.Y * 0.25f) : most.Y;
        int seed = _random.Next(1000);

        Finish Facade(Vector3 p)
        {
            if (p.Y > eaves - 0.25f)
            {
                return new(pitched ? new Vector3(0.16f, 0.08f, 0.06f) * (0.7f + (0.6f * Noise.At(new Vector3(p.X, p.Y * 6, p.Z)))) : trim * 0.8f);
            }

            // Along the wall: z on the walls beside the street, x on those across it.
            float along = MathF.Abs(p.X - least.X) < 0.02f || MathF.Abs(p.X - most.X) < 0.02f ? p.Z - least.Z : p.X - least.X;
            float u = Fraction(along / bay), v = Fraction(p.Y / storey);
            int column = (int)(along / bay), floor = (int)(p.Y / storey);
            bool ground = floor == 0 && shops;
            float w = ground ? 0.85f : windowWidth, h = ground ? 0.75f : windowHeight, bottom = ground ? 0.12f : 0.25f;
            float inside = MathF.Min((w / 2) - MathF.Abs(u - 0.5f), MathF.Min(v - bottom, bottom + h - v));
            float stain = 0.72f + (0.45f * Noise.Fractal(new Vector3(p.X * 0.6f, p.Y * 0.35f, p.Z * 0.6f), 3));
            if (inside > 0 && p.Y < eaves - 0.5f)
            {
                bool blind = Noise.Hash(column, floor, seed) < 0.3f && v > bottom + (h * 0.4f);
                return inside < 0.035f ? new(trim) : blind ? new(new Vector3(0.45f) * stain, 0.1f) : new(glass, 0.2f);
            }

            if (ground)
            {
                return new(shop * stain);
            }

            bool mortar = brick && (Fraction(p.Y / 0.22f) < 0.14f || Fraction((along / 0.5f) + ((int)(p.Y / 0.22f) * 0.5f)) < 0.08f);
            return new(wall * stain * (mortar ? 1.35f : 1));
        }

        List<Plane> planes = [new(1, 0, 0, most.X), new(-1, 0, 0, -least.X), new(0, 1, 0, most.Y), new(0, -1, 0, -least.Y), new(0, 0, 1, most.Z), new(0, 0, -1, -least.Z)];
        if (pitched)
        {
            foreach (float side in (ReadOnlySpan<float>)[-1, 1])
            {
                Vector3 slope = Vector3.Normalize(new(side, 1.1f, 0));
                planes.Add(new(slope, Vector3.Dot(slope, new(side > 0 ? most.X : least.X, eaves, 0))));
            }
        }

        return new((least + most) / 2, Vector3.Distance(least, most) / 2, [new ConvexShape(StreetClass.Building, Facade, planes)]);
    }

    private void AddAlongThePavement(StreetObjects things, float side)
    {
        float kerb = side * (_roadHalfWidth + 0.45f), walk = side * (_roadHalfWidth + (_pavementWidth * 0.6f));
        for (float z = Between(4, 12), step = Between(9, 22); z < 80; z += step * Between(0.7f, 1.3f))
        {
            _objects.Add(things.Pole(kerb, z, -side));
        }

        if (_random.NextDouble() < 0.5)
        {
            for (float z = Between(9, 20), step = Between(8, 18); z < 80; z += step * Between(0.8f, 1.4f))
            {
                _objects.Add(things.Tree(kerb + (side * 0.3f), z));
            }
        }

        for (int people = _random.Next(2, 7); people > 0; people--)
        {
            _objects.Add(things.Person(walk + Between(-0.8f, 0.8f), 5 + (35 * _random.NextSingle() * _random.NextSingle())));
        }

        for (int furniture = _random.Next(3); furniture > 0; furniture--)
        {
            _objects.Add(things.Furniture(kerb + (side * Between(0, 0.6f)), Between(5, 30)));
        }
    }

    private void AddCars(StreetObjects things, float side)
    {
        // Parked at the kerb, with gaps.
        if (_roadHalfWidth > 4)
        {
            for (float z = Between(6, 14); z < 60; z += Between(5.3f, 6.5f))
            {
                if (_random.NextDouble() < 0.55)
                {
                    _objects.Add(things.Car(side * (_roadHalfWidth - 1.05f), z, Between(-0.03f, 0.03f) + (side < 0 ? MathF.PI : 0)));
                }
            }
        }

        // Driving, on the right.
        for (float z = side < 0 ? Between(9, 30) : Between(11, 35); z < 70 && _random.NextDouble() < 0.7; z += Between(8, 25))
        {
            _objects.Add(things.Car(side * MathF.Max(1.4f, _roadHalfWidth - (_roadHalfWidth > 4 ? 3.4f : 1.6f)), z, Between(-0.05f, 0.05f) + (side < 0 ? MathF.PI : 0)));
        }

        // Coming out of the side street.
        if (_sideStreet < 40 && _random.NextDouble() < 0.3)
        {
            _objects.Add(things.Car(side * Between(0, _roadHalfWidth + 3), _sideStreet + Between(-1, 1), (MathF.PI / 2) + Between(-0.2f, 0.2f)));
        }
    }

    private static readonly Vector3[] FacadeColors = [new(0.4f, 0.15f, 0.1f), new(0.55f, 0.46f, 0.32f), new(0.5f), new(0.3f, 0.28f, 0.26f), new(0.5f, 0.33f, 0.15f), new(0.62f, 0.6f, 0.52f), new(0.3f, 0.34f, 0.38f), new(0.42f, 0.24f, 0.2f)];

    private static float Fraction(float value) => value - MathF.Floor(value);

    private float Between(float least, float most) => least + ((most - least) * _random.NextSingle());
}
