using System.Numerics.Tensors;

namespace GSS.Onnx;

/// <summary>The sums of scores of the rows that windows still reach: K × 4 bytes for each pixel of a band as high as a window, not of the whole image.</summary>
internal sealed class ScoreBand
{
    private readonly float[][] _sums;
    private readonly int _width;

    /// <summary>A band of zeros at the top.</summary>
    /// <param name="classCount">K.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    public ScoreBand(int classCount, int width, int height)
    {
        _width = width;
        _sums = new float[classCount][];
        for (int k = 0; k < classCount; k++)
        {
            _sums[k] = new float[width * height];
        }
    }

    /// <summary>The first row of the image that the band holds.</summary>
    public int Top { get; private set; }

    /// <summary>Adds a row of scores of one class.</summary>
    /// <param name="id">The class.</param>
    /// <param name="row">The row of the image.</param>
    /// <param name="left">The first column.</param>
    /// <param name="scores">The scores.</param>
    /// <param name="weights">What each of them counts; empty counts 1.</param>
    public void Add(int id, int row, int left, ReadOnlySpan<float> scores, ReadOnlySpan<float> weights)
    {
        Span<float> sums = _sums[id].AsSpan(((row - Top) * _width) + left, scores.Length);
        if (weights.IsEmpty)
        {
            TensorPrimitives.Add(sums, scores, sums);
        }
        else
        {
            TensorPrimitives.MultiplyAdd(scores, weights, sums, sums);
        }
    }

    /// <summary>The class with the largest sum at each pixel of a row of the image.</summary>
    public void Choose(int row, Span<byte> classes) => TokenChoice.ChooseClasses(_sums, (row - Top) * _width, classes);

    /// <summary>Moves down: the rows above are given up, those below begin with zeros.</summary>
    public void MoveTo(int top)
    {
        int gone = Math.Min((top - Top) * _width, _sums[0].Length);
        foreach (float[] sums in _sums)
        {
            sums.AsSpan(gone).CopyTo(sums);
            sums.AsSpan(sums.Length - gone).Clear();
        }

        Top = top;
    }
}
