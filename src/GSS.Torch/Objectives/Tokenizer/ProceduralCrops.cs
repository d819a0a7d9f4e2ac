using GSS.Core;

namespace GSS.Torch;

/// <summary>What a tokenizer is trained on: crops of <see cref="ProceduralLabelMaps"/> as they are and of larger scenes where most happens, and thin things on top of many.</summary>
internal static class ProceduralCrops
{
    private const double FromSceneShare = 0.6;
    private const double ThinThingsShare = 0.4;
    private const double LargestScale = 3;
    private const int Tries = 3;

    /// <summary>Draws one crop.</summary>
    /// <param name="side">Pixels a row, and rows.</param>
    /// <param name="classCount">K, 2..254; a crop shows some of the K classes.</param>
    /// <param name="random">The only source of randomness.</param>
    public static LabelMap Draw(int side, int classCount, Random random)
    {
        LabelMap crop = random.NextDouble() < FromSceneShare ? Busiest(side, classCount, random) : ProceduralLabelMaps.Draw(side, side, classCount, random);
        return random.NextDouble() < ThinThingsShare ? ThinThings.On(crop, classCount, random) : crop;
    }

    /// <summary>
    /// Of some places in a scene of twice the side, the one where the most pixels border on another class. Things are up to three times as large there, as in whole photographs:
    /// long clean borders, of which a small drawing has few.
    /// </summary>
    private static LabelMap Busiest(int side, int classCount, Random random)
    {
        int sceneSide = 2 * side;
        LabelMap scene = ProceduralLabelMaps.Draw(sceneSide, sceneSide, classCount, random, Math.Pow(LargestScale, random.NextDouble()));
        (int Most, int Left, int Top) best = (-1, 0, 0);
        for (int i = 0; i < Tries; i++)
        {
            int left = random.Next(side + 1), top = random.Next(side + 1);
            int borders = Borders(scene, left, top, side);
            if (borders > best.Most)
            {
                best = (borders, left, top);
            }
        }

        byte[] ids = new byte[side * side];
        for (int y = 0; y < side; y++)
        {
            scene.Ids.Slice(((best.Top + y) * sceneSide) + best.Left, side).CopyTo(ids.AsSpan(y * side));
        }

        return new(side, side, ids);
    }

    /// <summary>Pixels whose neighbour to the right or below is of another class.</summary>
    private static int Borders(LabelMap scene, int left, int top, int side)
    {
        ReadOnlySpan<byte> ids = scene.Ids;
        int count = 0;
        for (int y = top; y < top + side - 1; y++)
        {
            for (int x = left; x < left + side - 1; x++)
            {
                int at = (y * scene.Width) + x;
                count += ids[at] != ids[at + 1] || ids[at] != ids[at + scene.Width] ? 1 : 0;
            }
        }

        return count;
    }
}
