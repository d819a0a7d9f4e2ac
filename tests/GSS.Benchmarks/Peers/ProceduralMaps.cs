using GSS.Core;

namespace GSS.Benchmarks;

/// <summary>Label maps with plain areas and thin poles, and predictions with the errors that models make: frayed borders and a few wrong pixels.</summary>
internal static class ProceduralMaps
{
    public static LabelMap Truth(int width, int height, int classCount, int seed)
    {
        var random = new Random(seed);
        byte[] ids = new byte[width * height];
        for (int shape = 0; shape < 60; shape++)
        {
            byte id = shape % 20 == 19 ? LabelMap.Void : (byte)random.Next(classCount);
            int left = random.Next(width), top = random.Next(height);
            int right = Math.Min(width, left + (shape % 3 == 0 ? random.Next(1, 5) : random.Next(10, width / 2))), bottom = Math.Min(height, top + random.Next(10, height / 2));
            for (int y = top; y < bottom; y++)
            {
                ids.AsSpan((y * width) + left, right - left).Fill(id);
            }
        }

        return new LabelMap(width, height, ids);
    }

    public static LabelMap Prediction(LabelMap truth, int classCount, int seed)
    {
        var random = new Random(seed);
        byte[] ids = truth.Ids.ToArray();
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = random.Next(100) == 0 ? (byte)random.Next(classCount) : truth.Ids[Math.Clamp(i + random.Next(-2, 3), 0, ids.Length - 1)];
            ids[i] = ids[i] == LabelMap.Void ? (byte)0 : ids[i];
        }

        return new LabelMap(truth.Width, truth.Height, ids);
    }
}
