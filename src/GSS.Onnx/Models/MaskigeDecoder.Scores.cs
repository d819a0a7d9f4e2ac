using GSS.Core;

namespace GSS.Onnx;

/// <content>Scores that can be added up over windows and views.</content>
public sealed partial class MaskigeDecoder
{
    /// <summary>What a run needs, for each pixel.</summary>
    internal long BytesPerPixel => _bytesPerPixel;

    /// <summary>Whether X⁻¹ is a network that scores every class; otherwise pixels vote for the class of the nearest colour.</summary>
    internal bool HasScores => _hasScores;

    /// <summary>What tokens say of each class: X⁻¹'s scores, or votes for the nearest colour's class, shared where a maskige of twice the size paints several.</summary>
    /// <param name="tokens">The tokens of a picture at its working size.</param>
    /// <param name="probabilities">What the vote of each token counts; null counts 1.</param>
    /// <param name="add">Takes a class and <c>[H, W]</c> at the picture's size, for each class that has any score; in order.</param>
    internal void Scores(LatentTokens tokens, float[]? probabilities, Action<int, ReadOnlySpan<float>> add)
    {
        using OnnxOutputs found = RunBatch([tokens], [0], [_hasScores ? OnnxParts.Scores : OnnxParts.Maskige]);
        ReadOnlySpan<float> numbers = found.Span<float>(0);
        int gridWidth = tokens.Width * _stride, gridPixels = gridWidth * tokens.Height * _stride;
        (int width, int height) = (tokens.ImageWidth, tokens.ImageHeight);
        float[] plane = new float[width * height];
        if (_hasScores)
        {
            for (int k = 0; k < _palette.Count; k++)
            {
                for (int y = 0; y < height; y++)
                {
                    numbers.Slice((k * gridPixels) + (y * gridWidth), width).CopyTo(plane.AsSpan(y * width));
                }

                add(k, plane);
            }

            return;
        }

        int scale = ScaleOf(numbers.Length, gridPixels);
        byte[] painted = new byte[gridPixels * scale * scale];
        _palette.Decode(numbers, painted);
        float share = 1f / (scale * scale);
        foreach (int k in Votes.ClassesIn(painted))
        {
            for (int y = 0; y < height * scale; y++)
            {
                Span<float> row = plane.AsSpan(y / scale * width, width);
                if (y % scale == 0)
                {
                    row.Clear();
                }

                Votes.Count(painted.AsSpan(y * gridWidth * scale, width * scale), (byte)k, scale, share, row);
            }

            Weigh(plane, tokens, probabilities);
            add(k, plane);
        }
    }

    private void Weigh(float[] plane, LatentTokens tokens, float[]? probabilities)
    {
        for (int i = 0; probabilities is not null && i < plane.Length; i++)
        {
            plane[i] *= probabilities[(i / tokens.ImageWidth / _stride * tokens.Width) + (i % tokens.ImageWidth / _stride)];
        }
    }
}
