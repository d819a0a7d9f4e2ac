using SkiaSharp;

namespace GSS.Core;

/// <summary>Rows of a JPEG file as Skia's scanline decoder gives them, the same as <see cref="ImageReader"/> reads.</summary>
/// <param name="codec">A codec that was asked for rows.</param>
/// <param name="stream">The file.</param>
/// <param name="path">What to call it.</param>
/// <param name="coefficientBytes">What the codec holds of the whole picture while it gives rows.</param>
internal sealed class CodecRows(SKCodec codec, Stream stream, string path, long coefficientBytes) : ImageRows(codec.Info.Width, codec.Info.Height)
{
    private readonly byte[] _rgba = new byte[4L * codec.Info.Width];
    private int _done;

    public override long HeldBytes => coefficientBytes + _rgba.Length;

    /// <summary>How the pixels are asked of a codec.</summary>
    public static SKImageInfo InfoOf(SKCodec codec) =>
        new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);

    public override void Read(Span<byte> rgb)
    {
        int count;
        unsafe
        {
            fixed (byte* pixels = _rgba)
            {
                count = codec.GetScanlines((nint)pixels, 1, _rgba.Length);
            }
        }

        if (count < 1)
        {
            throw new SegmentationDataException($"Photograph '{path}' is cut short or damaged: its {codec.EncodedFormat} data ends after {_done} of its {Height} rows, copy or download it again.");
        }

        _done++;
        for (int source = 0, target = 0; source < _rgba.Length; source += 4, target += 3)
        {
            rgb[target] = _rgba[source];
            rgb[target + 1] = _rgba[source + 1];
            rgb[target + 2] = _rgba[source + 2];
        }
    }

    public override void Dispose()
    {
        codec.Dispose();
        stream.Dispose();
    }
}
