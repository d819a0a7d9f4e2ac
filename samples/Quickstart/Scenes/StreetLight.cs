using System.Numerics;

namespace Quickstart;

/// <summary>The weather and the time of day: sun, sky and haze, in linear light where 1 is a white wall in the open.</summary>
internal sealed class StreetLight
{
    private readonly Vector3 _towardsSun, _sun, _zenith, _horizon;
    private readonly float _clouds, _haze;
    private readonly Vector3 _drift;

    public StreetLight(Random random)
    {
        float Between(float least, float most) => least + ((most - least) * random.NextSingle());
        float height = Between(0.3f, 1.2f), around = Between(0, 6.28f);
        _towardsSun = new(MathF.Cos(height) * MathF.Sin(around), MathF.Sin(height), MathF.Cos(height) * MathF.Cos(around));
        bool overcast = random.NextDouble() < 0.4;
        float low = Math.Clamp((0.7f - height) / 0.4f, 0, 1);
        _sun = Vector3.Lerp(new(1, 0.96f, 0.88f), new(1, 0.7f, 0.42f), low) * (overcast ? Between(0, 0.3f) : Between(1.5f, 2.4f));
        _zenith = overcast ? new Vector3(0.62f, 0.64f, 0.68f) * Between(0.6f, 1.1f) : new Vector3(0.16f, 0.31f, 0.66f) * Between(0.7f, 1);
        _horizon = overcast ? _zenith * 1.15f : Vector3.Lerp(new(0.55f, 0.66f, 0.8f), new(0.85f, 0.62f, 0.42f), low * 0.8f);
        _clouds = overcast ? Between(0.1f, 0.4f) : Between(0, 0.9f);
        _haze = 1 / (random.NextDouble() < 0.12 ? Between(60, 120) : Between(250, 900));
        _drift = new(Between(0, 100), Between(0, 100), Between(0, 100));
    }

    /// <summary>The light that comes from the sky in a direction.</summary>
    public Vector3 Sky(Vector3 direction)
    {
        float up = MathF.Max(direction.Y, 0);
        Vector3 clear = Vector3.Lerp(_horizon, _zenith, MathF.Pow(up, 0.5f));
        float clouds = Noise.Fractal(_drift + (new Vector3(direction.X, direction.Z, 0) * 1.6f / (up + 0.25f)), 4);
        clear += _sun * (0.3f * MathF.Pow(MathF.Max(0, Vector3.Dot(direction, _towardsSun)), 24));
        return Vector3.Lerp(clear, new Vector3(1.15f) * _horizon.Y, _clouds * Math.Clamp((clouds - 0.45f) * 5, 0, 1));
    }

    /// <summary>The light that a surface sends towards the camera.</summary>
    public Vector3 Shade(StreetScene scene, in Ray ray, Vector3 normal, float distance, Finish finish, Random random)
    {
        Vector3 point = ray.At(distance) + (normal * 0.01f);
        Vector3 ambient = Vector3.Lerp(_zenith, _horizon, 0.5f) * (0.35f + (0.25f * normal.Y));

        // A single ray into the half space above the surface darkens corners and the ground below cars.
        var aside = Vector3.Normalize(normal + (new Vector3(random.NextSingle() - 0.5f, random.NextSingle() - 0.5f, random.NextSingle() - 0.5f) * 1.8f));
        if (distance < 40 && scene.IsBlocked(new Ray(point, aside), 2.5f))
        {
            ambient *= 0.4f;
        }

        float towardsSun = Vector3.Dot(normal, _towardsSun);
        Vector3 light = ambient;
        if (towardsSun > 0 && _sun.X > 0.02f && !scene.IsBlocked(new Ray(point, _towardsSun), 200))
        {
            light += _sun * towardsSun;
        }

        Vector3 color = finish.Color * light;
        if (finish.Shine > 0)
        {
            float grazing = 1 + Vector3.Dot(ray.Direction, normal);
            float mirror = finish.Shine + ((1 - finish.Shine) * 0.35f * MathF.Pow(Math.Clamp(grazing, 0, 1), 4));
            var reflected = Vector3.Reflect(ray.Direction, normal);
            color = Vector3.Lerp(color, Sky(reflected) * Math.Clamp(0.3f + (reflected.Y * 3), 0.3f, 1), mirror);
        }

        return Vector3.Lerp(_horizon * 0.85f, color, MathF.Exp(-distance * _haze));
    }
}
