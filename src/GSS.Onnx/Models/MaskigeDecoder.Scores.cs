using System.Buffers;
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

        // Borrowed: a large image has hundreds of windows, whose garbage the collector is in no hurry to take away.
        float[] borrowed = ArrayPool<float>.Shared.Rent(width * height);
        try
        {
            Span<float> plane = borrowed.AsSpan(0, width * height);
            if (!_hasScores)
            {
                AddVotes(numbers, tokens, probabilities, plane, add);
                return;
            }

            for (int k = 0; k < _palette.Count; k++)
            {
                for (int y = 0; y < height; y++)
                {
                    numbers.Slice((k * gridPixels) + (y * gridWidth), width).CopyTo(plane[(y * width)..]);
                }

                add(k, plane);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(borrowed);
        }
    }

    private void AddVotes(ReadOnlySpan<float> maskige, LatentTokens tokens, float[]? probabilities, Span<float> plane, Action<int, ReadOnlySpan<float>> add)
    {
        int gridWidth = tokens.Width * _stride, gridPixels = gridWidth * tokens.Height * _stride, width = tokens.ImageWidth, scale = ScaleOf(maskige.Length, gridPixels);
        float share = 1f / (scale * scale);
        byte[] borrowed = ArrayPool<byte>.Shared.Rent(gridPixels * scale * scale);
        try
        {
            Span<byte> painted = borrowed.AsSpan(0, gridPixels * scale * scale);
            _palette.Decode(maskige, painted);
            foreach (int k in Votes.ClassesIn(painted))
            {
                plane.Clear();
                for (int y = 0; y < tokens.ImageHeight * scale; y++)
                {
                    Votes.Count(painted.Slice(y * gridWidth * scale, width * scale), (byte)k, scale, share, plane.Slice(y / scale * width, width));
                }

                Weigh(plane, tokens, probabilities);
                add(k, plane);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(borrowed);
        }
    }

    private void Weigh(Span<float> plane, LatentTokens tokens, float[]? probabilities)
    {
        for (int i = 0; probabilities is not null && i < plane.Length; i++)
        {
            plane[i] *= probabilities[(i / tokens.ImageWidth / _stride * tokens.Width) + (i % tokens.ImageWidth / _stride)];
        }
    }
}
