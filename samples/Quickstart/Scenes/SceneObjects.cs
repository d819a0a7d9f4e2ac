using System.Numerics;

namespace Quickstart;

/// <summary>All things of a scene. A ray is tested against the spheres around several things at once, and then against the shapes inside those it meets.</summary>
internal sealed class SceneObjects
{
    private readonly float[] _x, _y, _z, _radius;
    private readonly Shape[][] _shapes;

    public SceneObjects(IReadOnlyList<SceneObject> things)
    {
        int lanes = Vector<float>.Count, padded = (things.Count + lanes - 1) / lanes * lanes;
        (_x, _y, _z, _radius) = (new float[padded], new float[padded], new float[padded], new float[padded]);

        // No ray meets what fills the last group: its distance is not a number.
        Array.Fill(_x, float.NaN);
        for (int i = 0; i < things.Count; i++)
        {
            (_x[i], _y[i], _z[i], _radius[i]) = (things[i].Centre.X, things[i].Centre.Y, things[i].Centre.Z, things[i].Radius);
        }

        _shapes = [.. things.Select(thing => thing.Shapes.ToArray())];
    }

    /// <summary>The nearest shape within a distance, or the first one found where any will do; null where there is none.</summary>
    /// <param name="ray">The ray.</param>
    /// <param name="nearest">Going in, how far to look; coming out, the distance of the shape.</param>
    /// <param name="normal">The outward normal where the ray meets the shape.</param>
    /// <param name="any">Whether any shape will do, as for shadows.</param>
    public Shape? Find(in Ray ray, ref float nearest, out Vector3 normal, bool any = false)
    {
        Shape? found = null;
        normal = default;
        Vector<float> dx = new(ray.Direction.X), dy = new(ray.Direction.Y), dz = new(ray.Direction.Z);
        for (int i = 0; i < _x.Length; i += Vector<float>.Count)
        {
            Vector<float> x = new Vector<float>(_x, i) - new Vector<float>(ray.Origin.X);
            Vector<float> y = new Vector<float>(_y, i) - new Vector<float>(ray.Origin.Y);
            Vector<float> z = new Vector<float>(_z, i) - new Vector<float>(ray.Origin.Z);
            Vector<float> radius = new(_radius, i), along = (x * dx) + (y * dy) + (z * dz);
            Vector<float> missedBy = (x * x) + (y * y) + (z * z) - (along * along);
            Vector<int> met = Vector.LessThanOrEqual(missedBy, radius * radius) & Vector.GreaterThan(along, -radius) & Vector.LessThan(along - radius, new(nearest));
            if (met == Vector<int>.Zero)
            {
                continue;
            }

            for (int lane = 0; lane < Vector<float>.Count; lane++)
            {
                if (met[lane] == 0)
                {
                    continue;
                }

                foreach (Shape shape in _shapes[i + lane])
                {
                    float distance = shape.Intersect(ray, out Vector3 shapeNormal);
                    if (distance < nearest)
                    {
                        (nearest, found, normal) = (distance, shape, shapeNormal);
                        if (any)
                        {
                            return found;
                        }
                    }
                }
            }
        }

        return found;
    }
}
