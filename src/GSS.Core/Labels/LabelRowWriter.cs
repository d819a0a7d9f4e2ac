using System.Buffers.Binary;

namespace GSS.Core;

/// <summary>Writes a label map row by row, as <see cref="LabelWriter"/> writes whole ones.</summary>
internal sealed class LabelRowWriter : IDisposable
{
    private readonly int[] _values;
    private readonly byte[] _samples;
    private readonly int _sampleBytes;
    private readonly PngRowWriter _png;

    /// <summary>Writes what stands before the pixels.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="values">For each id the value in the file, -1 where it does not occur; see <see cref="LabelWriter.ValuesOfAll"/>.</param>
    public LabelRowWriter(Stream stream, int width, int height, SegmentationClasses classes, int[] values)
    {
        _values = values;
        _sampleBytes = values.Max() > byte.MaxValue ? 2 : 1;
        _samples = new byte[_sampleBytes * width];
        _png = _sampleBytes == 2
            ? new PngRowWriter(stream, new(width, height, 16, PngColorType.Grey, Interlaced: false))
            : new PngRowWriter(stream, new(width, height, 8, PngColorType.Palette, Interlaced: false), PaletteOf(classes));
    }

    /// <summary>Writes the next row.</summary>
    /// <param name="ids">The class of each pixel, or void.</param>
    public void Write(ReadOnlySpan<byte> ids)
    {
        for (int x = 0; x < ids.Length; x++)
        {
            if (_sampleBytes == 2)
            {
                BinaryPrimitives.WriteUInt16BigEndian(_samples.AsSpan(2 * x), (ushort)_values[ids[x]]);
            }
            else
            {
                _samples[x] = (byte)_values[ids[x]];
            }
        }

        _png.Write(_samples);
    }

    /// <inheritdoc cref="PngRowWriter.Finish"/>
    public void Finish() => _png.Finish();

    public void Dispose() => _png.Dispose();

    // The whole palette, so that the colour of a class does not depend on which classes this picture has.
    private static RgbColor[] PaletteOf(SegmentationClasses classes)
    {
        var palette = new RgbColor[256];
        for (int value = 0; value < palette.Length; value++)
        {
            byte id = classes.IdOfValue[value];
            palette[value] = FileColor(classes, id == SegmentationClasses.Unknown ? LabelMap.Void : id);
        }

        return palette;
    }

    private static RgbColor FileColor(SegmentationClasses classes, byte id)
    {
        foreach ((RgbColor color, byte mapped) in classes.ColorMap ?? new Dictionary<RgbColor, byte>())
        {
            if (mapped == id)
            {
                return color;
            }
        }

        return classes.ColorOf(id);
    }
}
