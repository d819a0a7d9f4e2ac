using System.Buffers.Binary;
using System.Text;
using GSS.Core;
using GSS.Core.Tests;
using SkiaSharp;

namespace GSS.ML.Tests;

// Photographs that a camera stored turned: the browser and the server turn them the same way, so that the mask lies over what it belongs to.
public sealed partial class WebPageTests
{
    [TestMethod]
    [DataRow(SKEncodedImageFormat.Jpeg)]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public async Task A_turned_photograph_lies_under_its_mask(SKEncodedImageFormat format)
    {
        await using WatchedPage watched = await OpenAsync();
        for (byte orientation = 1; orientation <= 8; orientation++)
        {
            byte[] file = Turned(format, orientation);
            RgbImage expected = ImageReader.Read(new MemoryStream(file), "turned");
            Assert.AreEqual(orientation <= 4 ? (64, 48) : (48, 64), (expected.Width, expected.Height));
            await watched.SegmentAsync($"turned-{orientation}.jpg", file);
            await watched.Page.WaitForFunctionAsync($"document.getElementById('status').textContent.startsWith('turned-{orientation}.jpg: {expected.Width} ')");
            byte[][] drawn = await watched.PixelsAsync("photograph");
            foreach ((int x, int y) in new[] { (4, 4), (expected.Width - 5, 4), (4, expected.Height - 5), (expected.Width - 5, expected.Height - 5) })
            {
                int pixel = (y * expected.Width) + x;
                for (int channel = 0; channel < 3; channel++)
                {
                    Assert.AreEqual(expected.Pixels[(3 * pixel) + channel], drawn[pixel][channel], 3, $"{format} {orientation}: {x}, {y}");
                }
            }
        }
    }

    /// <summary>Four colours in the corners, and an orientation in the words of each format.</summary>
    private static byte[] Turned(SKEncodedImageFormat format, byte orientation)
    {
        SKColor[] corners = [SKColors.Red, SKColors.Lime, SKColors.Blue, SKColors.White];
        using var bitmap = new SKBitmap(new SKImageInfo(64, 48, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int i = 0; i < 64 * 48; i++)
        {
            bitmap.SetPixel(i % 64, i / 64, corners[(2 * (i / 64 / 24)) + (i % 64 / 32)]);
        }

        byte[] exif = [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        if (format == SKEncodedImageFormat.Png)
        {
            return new TestPng { Width = 64, Height = 48, BitDepth = 8, ColorType = 2, Sample = (x, y, c) => c switch { 0 => bitmap.GetPixel(x, y).Red, 1 => bitmap.GetPixel(x, y).Green, _ => bitmap.GetPixel(x, y).Blue }, ExtraChunks = [("eXIf", exif)] }.Encode();
        }

        using SKData data = bitmap.Encode(format, 95);
        byte[] plain = data.ToArray();
        return format == SKEncodedImageFormat.Jpeg
            ? [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif, .. plain.AsSpan(2)]
            : Riff([.. Chunk("VP8X", [8, 0, 0, 0, 63, 0, 0, 47, 0, 0]), .. plain.AsSpan(12), .. Chunk("EXIF", exif)]);
    }

    private static byte[] Riff(byte[] chunks) => Chunk("RIFF", [.. "WEBP"u8, .. chunks]);

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        return [.. Encoding.ASCII.GetBytes(type), .. length, .. data, .. new byte[data.Length % 2]];
    }
}
