using CsCheck;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class ImagePlanesTests
{
    [TestMethod]
    public void Spreading_any_number_of_pixels_puts_each_colour_into_its_plane() =>
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            byte[] pixels = bytes[..(bytes.Length / 3 * 3)];
            int n = pixels.Length / 3;
            float[] planes = new float[pixels.Length];
            ImagePlanes.Spread(pixels, planes);
            return Enumerable.Range(0, pixels.Length).All(i => planes[(i % 3 * n) + (i / 3)] == pixels[i]);
        });

    [TestMethod]
    public void Gathering_rounds_limits_and_follows_the_columns()
    {
        float[] planes = [-3, 0.4f, 0.6f, 300, 10, 11, 12, 13, 254.4f, 254.6f, 1, 2];
        byte[] pixels = new byte[9];
        ImagePlanes.GatherRow(planes, rowStart: 1, columns: [0, 1, 2], pixels);
        CollectionAssert.AreEqual(new byte[] { 0, 11, 255, 1, 12, 1, 255, 13, 2 }, pixels);
    }
}
