using BitMiracle.LibTiff.Classic;
using GSS.Core;

namespace GSS.Tests;

/// <summary>Writes TIFF files for the tests.</summary>
internal static class TestTiff
{
    public static void Save(RgbImage image, string path, Compression compression, int tile = 0, int rowsPerStrip = 7, int bits = 8, int orientation = 1)
    {
        using Tiff tiff = Tiff.Open(path, "w");
        tiff.SetField(TiffTag.IMAGEWIDTH, image.Width);
        tiff.SetField(TiffTag.IMAGELENGTH, image.Height);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, 3);
        tiff.SetField(TiffTag.BITSPERSAMPLE, bits);
        tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.RGB);
        tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.COMPRESSION, compression);
        tiff.SetField(TiffTag.ORIENTATION, orientation);
        if (tile == 0)
        {
            tiff.SetField(TiffTag.ROWSPERSTRIP, rowsPerStrip);
            for (int y = 0; y < image.Height; y++)
            {
                tiff.WriteScanline(Samples(image.Pixels.Slice(3 * y * image.Width, 3 * image.Width), bits), y);
            }

            return;
        }

        tiff.SetField(TiffTag.TILEWIDTH, tile);
        tiff.SetField(TiffTag.TILELENGTH, tile);
        for (int top = 0; top < image.Height; top += tile)
        {
            for (int left = 0; left < image.Width; left += tile)
            {
                byte[] pixels = new byte[3 * tile * tile];
                for (int y = 0; y < Math.Min(tile, image.Height - top); y++)
                {
                    image.Pixels.Slice(3 * (((top + y) * image.Width) + left), 3 * Math.Min(tile, image.Width - left)).CopyTo(pixels.AsSpan(3 * y * tile));
                }

                tiff.WriteTile(Samples(pixels, bits), left, top, 0, 0);
            }
        }
    }

    // The low byte of 16 bits is another value: it must not be seen.
    private static byte[] Samples(ReadOnlySpan<byte> values, int bits) =>
        bits == 8 ? values.ToArray() : [.. values.ToArray().SelectMany(value => BitConverter.GetBytes((ushort)((value << 8) | (value ^ 0x5A))))];
}
