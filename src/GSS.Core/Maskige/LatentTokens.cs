namespace GSS.Core;

/// <summary>The latent tokens z of one maskige: <c>[h, w]</c> indices into the tokenizer's codebook, with the size of the image that they stand for.</summary>
[TypeFormatterSource(typeof(LatentTokensHtml))]
public sealed class LatentTokens : IEquatable<LatentTokens>
{
    private readonly int[] _ids;

    /// <summary>Copies tokens, so that they never change once they are here.</summary>
    /// <param name="width">Tokens a row, at least 1.</param>
    /// <param name="height">Rows of tokens, at least 1.</param>
    /// <param name="imageWidth">Width of the image in pixels, at least 1.</param>
    /// <param name="imageHeight">Height of the image in pixels, at least 1.</param>
    /// <param name="ids"><paramref name="width"/> × <paramref name="height"/> codebook indices, 0 or more, rows from top to bottom.</param>
    /// <exception cref="ArgumentException">A size is not positive, the number of indices does not fit the size, or an index is negative.</exception>
    public LatentTokens(int width, int height, int imageWidth, int imageHeight, int[] ids)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(imageWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(imageHeight);
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.LongLength != (long)width * height)
        {
            throw new ArgumentException($"Latent tokens of {width}x{height} need {(long)width * height} indices, found {ids.LongLength}.", nameof(ids));
        }

        int negative = ids.AsSpan().IndexOfAnyInRange(int.MinValue, -1);
        if (negative >= 0)
        {
            throw new ArgumentException($"Found the codebook index {ids[negative]} at position {negative}, expected 0 or more.", nameof(ids));
        }

        Width = width;
        Height = height;
        ImageWidth = imageWidth;
        ImageHeight = imageHeight;
        _ids = [.. ids];
    }

    /// <summary>Tokens a row, w.</summary>
    public int Width { get; }

    /// <summary>Rows of tokens, h.</summary>
    public int Height { get; }

    /// <summary>Width in pixels of the image, and of the mask that decoding gives.</summary>
    public int ImageWidth { get; }

    /// <summary>Height in pixels of the image, and of the mask that decoding gives.</summary>
    public int ImageHeight { get; }

    /// <summary>The codebook indices, rows from top to bottom: token (x, y) is at <c>y * Width + x</c>.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <inheritdoc/>
    public bool Equals(LatentTokens? other) =>
        other is not null && (Width, Height, ImageWidth, ImageHeight) == (other.Width, other.Height, other.ImageWidth, other.ImageHeight) && Ids.SequenceEqual(other.Ids);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LatentTokens);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add((Width, Height, ImageWidth, ImageHeight));
        foreach (int id in _ids)
        {
            hash.Add(id);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"LatentTokens {Width}x{Height} of an image of {ImageWidth}x{ImageHeight}";
}
