namespace GSS.Core;

/// <summary>
/// Linear interpolation along one axis with PyTorch's half-pixel convention (<c>align_corners=false</c>): target pixel t looks at
/// source position (t + 0.5) × source / target - 0.5, not below 0, between its two neighbours. No smoothing when shrinking, as the reference's resize.
/// </summary>
/// <param name="First">The nearer-to-zero neighbour of each target pixel.</param>
/// <param name="Second">The other neighbour; the same at the far edge.</param>
/// <param name="Weight">The share of the second neighbour, 0..1.</param>
internal readonly record struct LinearAxis(int[] First, int[] Second, float[] Weight)
{
    public static LinearAxis Make(int source, int target)
    {
        var axis = new LinearAxis(new int[target], new int[target], new float[target]);
        float scale = (float)source / target;
        for (int t = 0; t < target; t++)
        {
            float position = Math.Max(((t + 0.5f) * scale) - 0.5f, 0);
            int first = Math.Min((int)position, source - 1);
            axis.First[t] = first;
            axis.Second[t] = Math.Min(first + 1, source - 1);
            axis.Weight[t] = position - first;
        }

        return axis;
    }
}
