using System.Numerics;

namespace Quickstart;

/// <summary>A ray of light, followed backwards from the camera. The direction has length 1; distances are metres.</summary>
internal readonly record struct Ray(Vector3 Origin, Vector3 Direction)
{
    public Vector3 At(float distance) => Origin + (distance * Direction);
}

/// <summary>What a surface looks like at one point: its colour in linear light, 0..1, and how much it mirrors the sky, 0..1.</summary>
internal readonly record struct Finish(Vector3 Color, float Shine = 0);

/// <summary>A solid that a ray can meet, with the class that the label map gives it.</summary>
internal abstract class Shape(StreetClass @class, Func<Vector3, Finish> finish)
{
    public StreetClass Class { get; } = @class;

    /// <summary>The look of a point on the surface, in world coordinates.</summary>
    public Func<Vector3, Finish> Finish { get; } = finish;

    /// <summary>The distance to the first point of the surface in front of the ray, and the outward normal there; infinity where the ray misses.</summary>
    public abstract float Intersect(in Ray ray, out Vector3 normal);
}

/// <summary>A convex solid between planes: every point p inside has n·p ≤ d for each plane.</summary>
internal sealed class ConvexShape(StreetClass @class, Func<Vector3, Finish> finish, IReadOnlyList<Plane> planes) : Shape(@class, finish)
{
    private readonly Plane[] _planes = [.. planes];

    public override float Intersect(in Ray ray, out Vector3 normal)
    {
        float enter = 1e-3f, exit = float.PositiveInfinity;
        normal = default;
        foreach (Plane plane in _planes)
        {
            float slope = Vector3.Dot(plane.Normal, ray.Direction);
            float room = plane.D - Vector3.Dot(plane.Normal, ray.Origin);
            if (slope < 0)
            {
                if (room / slope > enter)
                {
                    enter = room / slope;
                    normal = plane.Normal;
                }
            }
            else if (slope > 0)
            {
                exit = MathF.Min(exit, room / slope);
            }
            else if (room < 0)
            {
                return float.PositiveInfinity;
            }
        }

        return enter < exit && normal != default ? enter : float.PositiveInfinity;
    }
}

/// <summary>A cylinder with flat ends around the line from <paramref name="from"/> to <paramref name="to"/>.</summary>
internal sealed class Cylinder(StreetClass @class, Func<Vector3, Finish> finish, Vector3 from, Vector3 to, float radius) : Shape(@class, finish)
{
    private readonly Vector3 _axis = Vector3.Normalize(to - from);
    private readonly float _length = Vector3.Distance(from, to);

    public override float Intersect(in Ray ray, out Vector3 normal)
    {
        Vector3 origin = ray.Origin - from;
        float along = Vector3.Dot(ray.Direction, _axis), start = Vector3.Dot(origin, _axis);
        Vector3 across = ray.Direction - (along * _axis), beside = origin - (start * _axis);
        float a = across.LengthSquared(), b = Vector3.Dot(across, beside), c = beside.LengthSquared() - (radius * radius);
        float discriminant = (b * b) - (a * c);
        normal = default;
        if (discriminant < 0)
        {
            return float.PositiveInfinity;
        }

        if (a > 1e-9f)
        {
            float side = (-b - MathF.Sqrt(discriminant)) / a;
            float height = start + (side * along);
            if (side > 1e-3f && height >= 0 && height <= _length)
            {
                normal = (beside + (side * across)) / radius;
                return side;
            }
        }

        // The end that faces the ray.
        float end = along > 0 ? 0 : _length;
        float distance = (end - start) / along;
        if (distance > 1e-3f && (beside + (distance * across)).LengthSquared() <= radius * radius)
        {
            normal = along > 0 ? -_axis : _axis;
            return distance;
        }

        return float.PositiveInfinity;
    }
}

/// <summary>An ellipsoid with upright axes. With <paramref name="ragged"/> above 0, noise cuts holes into its surface, as in foliage.</summary>
internal sealed class Ellipsoid(StreetClass @class, Func<Vector3, Finish> finish, Vector3 centre, Vector3 radii, float ragged = 0) : Shape(@class, finish)
{
    public override float Intersect(in Ray ray, out Vector3 normal)
    {
        Vector3 origin = (ray.Origin - centre) / radii, direction = ray.Direction / radii;
        float a = direction.LengthSquared(), b = Vector3.Dot(origin, direction), c = origin.LengthSquared() - 1;
        float discriminant = (b * b) - (a * c);
        normal = default;
        if (discriminant < 0)
        {
            return float.PositiveInfinity;
        }

        float root = MathF.Sqrt(discriminant);
        foreach (float distance in (ReadOnlySpan<float>)[(-b - root) / a, (-b + root) / a])
        {
            if (distance > 1e-3f && (ragged == 0 || Noise.At(ray.At(distance) * 3.1f) > ragged))
            {
                normal = Vector3.Normalize((origin + (distance * direction)) / radii);
                return distance;
            }
        }

        return float.PositiveInfinity;
    }
}

/// <summary>Shapes that belong together inside one sphere, so that a ray that misses the sphere is done with all of them.</summary>
internal sealed record SceneObject(Vector3 Centre, float Radius, IReadOnlyList<Shape> Shapes);
