namespace GSS.Core;

/// <summary>Nearest neighbour along one axis: which source pixel each target pixel takes.</summary>
internal static class NearestAxis
{
    /// <summary>
    /// Centres aligned: floor((t + 0.5) × source / target), the pixel under the target pixel's centre. What is resized so stays on a photograph that
    /// <see cref="RgbImage.Resize"/> brings to the same size.
    /// </summary>
    public static int[] Aligned(int source, int target) => Make(target, t => (int)(((2L * t) + 1) * source / (2L * target)));

    /// <summary>The reference's rule, OpenCV's and PyTorch's older one: floor(t × source / target). Shifts what it resizes by up to half a pixel of the larger size.</summary>
    public static int[] Reference(int source, int target) => Make(target, t => (int)((long)t * source / target));

    private static int[] Make(int target, Func<int, int> find)
    {
        int[] sources = new int[target];
        for (int t = 0; t < target; t++)
        {
            sources[t] = find(t);
        }

        return sources;
    }
}
