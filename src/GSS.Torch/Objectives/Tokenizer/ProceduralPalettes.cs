using GSS.Core;

namespace GSS.Torch;

/// <summary>Palettes of every kind that a tokenizer will meet: far apart, on a jittered grid, and random.</summary>
internal static class ProceduralPalettes
{
    /// <summary>Of more random colours some are so near to each other that no small vocabulary tells them apart: such palettes would fill the loss with what cannot be learned.</summary>
    private const int MostRandomColors = 32;

    public static MaskigePalette Draw(int classCount, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
            case 1:
                return MaskigePalette.MaximalDistance(classCount);
            case 2:
            case 3 when classCount > MostRandomColors:
                // The spirit of the reference's palettes: well separated colours, moved a little.
                IReadOnlyList<RgbColor> far = MaskigePalette.MaximalDistance(classCount).Colors;
                return Distinct(classCount, i => Move(far[i], random));
            default:
                return Distinct(classCount, _ => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        }
    }

    private static RgbColor Move(RgbColor color, Random random)
    {
        byte Channel(byte value) => (byte)Math.Clamp(value + random.Next(-10, 11), 0, 255);
        return new(Channel(color.R), Channel(color.G), Channel(color.B));
    }

    private static MaskigePalette Distinct(int classCount, Func<int, RgbColor> draw)
    {
        // Classes whose colours nearly coincide teach nothing: keep at least a small distance where there is room.
        var colors = new List<RgbColor>(classCount);
        int tries = 0;
        while (colors.Count < classCount)
        {
            RgbColor color = draw(colors.Count);
            int smallest = tries++ < classCount * 50 ? 24 * 24 : 1;
            if (colors.All(c => Squared(c, color) >= smallest))
            {
                colors.Add(color);
            }
        }

        return MaskigePalette.FromColors(colors);
    }

    private static int Squared(RgbColor a, RgbColor b) => ((a.R - b.R) * (a.R - b.R)) + ((a.G - b.G) * (a.G - b.G)) + ((a.B - b.B) * (a.B - b.B));
}
