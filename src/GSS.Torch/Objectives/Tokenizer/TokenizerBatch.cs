using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Drawn label maps, each with a palette of its own.</summary>
internal sealed record TokenizerBatch(LabelMap[] Labels, MaskigePalette[] Palettes)
{
    /// <summary>The most classes, so the most colours of a palette.</summary>
    public const int LargestPalette = 200;

    public static TokenizerBatch Draw(TokenizerTrainingOptions options, int step)
    {
        Random random = TorchRandomness.At(options.Seed, step);
        var labels = new LabelMap[options.BatchSize];
        var palettes = new MaskigePalette[options.BatchSize];
        for (int i = 0; i < labels.Length; i++)
        {
            int classes = Math.Clamp((int)Math.Exp(Math.Log(2) + (random.NextDouble() * Math.Log(100))), 2, LargestPalette);
            palettes[i] = ProceduralPalettes.Draw(classes, random);
            labels[i] = ProceduralCrops.Draw(options.CropSize, classes, random);
        }

        return new(labels, palettes);
    }

    public (Tensor Maskige, Tensor Labels, Tensor Palettes) ToTensors()
    {
        int side = Labels[0].Width;
        int pixels = side * side;
        int largest = Palettes.Max(palette => palette.Count);
        float[] colors = new float[Labels.Length * largest * 3];
        Array.Fill(colors, 10f);
        long[] ids = new long[Labels.Length * pixels];
        float[] maskige = new float[Labels.Length * 3 * pixels];
        for (int b = 0; b < Labels.Length; b++)
        {
            IReadOnlyList<RgbColor> palette = Palettes[b].Colors;
            for (int k = 0; k < palette.Count; k++)
            {
                int at = ((b * largest) + k) * 3;
                (colors[at], colors[at + 1], colors[at + 2]) = (palette[k].R / 255f, palette[k].G / 255f, palette[k].B / 255f);
            }

            ReadOnlySpan<byte> source = Labels[b].Ids;
            for (int i = 0; i < pixels; i++)
            {
                RgbColor color = palette[source[i]];
                ids[(b * pixels) + i] = source[i];
                maskige[(((b * 3) + 0) * pixels) + i] = color.R / 255f;
                maskige[(((b * 3) + 1) * pixels) + i] = color.G / 255f;
                maskige[(((b * 3) + 2) * pixels) + i] = color.B / 255f;
            }
        }

        return (tensor(maskige, [Labels.Length, 3, side, side]), tensor(ids, [Labels.Length, side, side]), tensor(colors, [Labels.Length, largest, 3]));
    }
}
