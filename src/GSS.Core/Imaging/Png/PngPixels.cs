using System.Numerics.Tensors;

namespace GSS.Core;

/// <summary>From the inflated bytes of a PNG file to its samples: undoes the five row filters, the interlacing, and the packing of small samples.</summary>
internal static class PngPixels
{
    // Adam7: first column, first row, column step and row step of each pass (PNG specification, 8.2).
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int X, int Y, int StepX, int StepY)[] OnePass = [(0, 0, 1, 1)];

    /// <summary>The bytes of the filtered rows, each with its filter byte, over all passes.</summary>
    public static long FilteredLength(PngHeader header)
    {
        long length = 0;
        foreach (var pass in Passes(header))
        {
            (int width, int height) = SizeOf(pass, header);
            length += width == 0 ? 0 : (1 + header.RowBytes(width)) * height;
        }

        return length;
    }

    /// <summary>The samples, each one byte (two where the bit depth is 16).</summary>
    /// <param name="header">Size and kind.</param>
    /// <param name="filtered">The inflated bytes; overwritten.</param>
    public static byte[] Unpack(PngHeader header, byte[] filtered)
    {
        int bytesPerSample = header.BitDepth == 16 ? 2 : 1;
        int bytesPerPixel = header.SamplesPerPixel * bytesPerSample;
        int filterDistance = Math.Max(1, header.BitsPerPixel / 8);
        byte[] samples = new byte[(long)header.Width * header.Height * bytesPerPixel];
        int position = 0;
        foreach (var pass in Passes(header))
        {
            (int width, int height) = SizeOf(pass, header);
            if (width == 0)
            {
                continue;
            }

            int rowBytes = (int)header.RowBytes(width);
            Span<byte> prior = new byte[rowBytes];
            Span<byte> unpacked = header.BitDepth < 8 ? new byte[width] : default;
            for (int y = 0; y < height; y++)
            {
                Span<byte> row = filtered.AsSpan(position + 1, rowBytes);
                Unfilter(filtered[position], row, prior, filterDistance);
                prior = row;
                position += 1 + rowBytes;
                ReadOnlySpan<byte> pixels = row;
                if (header.BitDepth < 8)
                {
                    UnpackBits(row, unpacked, header.BitDepth);
                    pixels = unpacked;
                }

                Span<byte> target = samples.AsSpan((int)((long)(pass.Y + (y * pass.StepY)) * header.Width * bytesPerPixel), header.Width * bytesPerPixel);
                Place(pixels, target, bytesPerPixel, pass.X, pass.StepX);
            }
        }

        return samples;
    }

    private static (int X, int Y, int StepX, int StepY)[] Passes(PngHeader header) => header.Interlaced ? Adam7 : OnePass;

    private static (int Width, int Height) SizeOf((int X, int Y, int StepX, int StepY) pass, PngHeader header)
        => ((header.Width - pass.X + pass.StepX - 1) / pass.StepX, (header.Height - pass.Y + pass.StepY - 1) / pass.StepY);

    private static void Place(ReadOnlySpan<byte> pixels, Span<byte> row, int bytesPerPixel, int first, int step)
    {
        if (step == 1)
        {
            pixels.CopyTo(row);
            return;
        }

        for (int source = 0, target = first * bytesPerPixel; source < pixels.Length; source += bytesPerPixel, target += step * bytesPerPixel)
        {
            pixels.Slice(source, bytesPerPixel).CopyTo(row[target..]);
        }
    }

    /// <summary>Spreads samples of less than 8 bits over a byte each.</summary>
    public static void UnpackBits(ReadOnlySpan<byte> packed, Span<byte> samples, int bitDepth)
    {
        int perByte = 8 / bitDepth;
        int mask = (1 << bitDepth) - 1;
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = (byte)((packed[i / perByte] >> (8 - bitDepth - (i % perByte * bitDepth))) & mask);
        }
    }

    /// <summary>Undoes the filter of a row (PNG specification, 9.2).</summary>
    /// <param name="filter">Its filter byte.</param>
    /// <param name="row">Filtered; becomes what it was.</param>
    /// <param name="prior">The row above, unfiltered; zeros above the first.</param>
    /// <param name="distance">Bytes from a byte to the one left of it.</param>
    public static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> prior, int distance)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (int i = distance; i < row.Length; i++)
                {
                    row[i] += row[i - distance];
                }

                break;
            case 2:
                TensorPrimitives.Add(row, prior, row);
                break;
            case 3:
                for (int i = 0; i < row.Length; i++)
                {
                    int left = i < distance ? 0 : row[i - distance];
                    row[i] += (byte)((left + prior[i]) / 2);
                }

                break;
            case 4:
                for (int i = 0; i < row.Length; i++)
                {
                    (int left, int upperLeft) = i < distance ? (0, 0) : (row[i - distance], prior[i - distance]);
                    row[i] += Paeth(left, prior[i], upperLeft);
                }

                break;
            default:
                throw new PngException($"its pixel data names a row filter {filter} that the PNG standard does not know");
        }
    }

    /// <summary>The neighbour nearest to left + above - upper left (PNG specification, 9.4).</summary>
    private static byte Paeth(int left, int above, int upperLeft)
    {
        int toLeft = Math.Abs(above - upperLeft);
        int toAbove = Math.Abs(left - upperLeft);
        int toUpperLeft = Math.Abs(left + above - (2 * upperLeft));
        return (byte)(toLeft <= toAbove && toLeft <= toUpperLeft ? left : toAbove <= toUpperLeft ? above : upperLeft);
    }
}
