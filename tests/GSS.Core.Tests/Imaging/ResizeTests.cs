using CsCheck;
using GSS.Tests;

namespace GSS.Core.Tests;

[TestClass]
public sealed class ResizeTests
{
    [TestMethod]
    [DataRow(10, 14)]
    [DataRow(13, 9)]
    [DataRow(3, 4)]
    [DataRow(5, 7)]
    [DataRow(40, 56)]
    public void LinearAxis_EqualsPyTorch(int height, int width)
    {
        GoldenFile golden = GoldenFile.Open("i_resize.safetensors");
        float[] x = golden.Floats("x");
        float[] expected = golden.Floats($"bilinear_{height}x{width}_ac0");
        LinearAxis rows = LinearAxis.Make(5, height);
        LinearAxis columns = LinearAxis.Make(7, width);
        for (int i = 0; i < expected.Length; i++)
        {
            int c = i / (height * width), r = i / width % height, k = i % width;
            float At(int row, int column) => x[(((c * 5) + row) * 7) + column];
            float above = (At(rows.First[r], columns.First[k]) * (1 - columns.Weight[k])) + (At(rows.First[r], columns.Second[k]) * columns.Weight[k]);
            float below = (At(rows.Second[r], columns.First[k]) * (1 - columns.Weight[k])) + (At(rows.Second[r], columns.Second[k]) * columns.Weight[k]);
            Assert.AreEqual(expected[i], (above * (1 - rows.Weight[r])) + (below * rows.Weight[r]), 1e-5f);
        }
    }

    // The reference's data pipeline resizes with OpenCV, whose fixed-point arithmetic differs by one at most.
    [TestMethod]
    [DataRow("imrescale_128x32", 46, 32)]
    [DataRow("imrescale_96x40", 57, 40)]
    [DataRow("imrescale_30x21", 30, 21)]
    [DataRow("imresize_48x32", 48, 32)]
    [DataRow("imresize_106x74", 106, 74)]
    public void Bilinear_EqualsTheReferencePipeline(string name, int width, int height)
    {
        GoldenFile golden = GoldenFile.Open("i_resize.safetensors");
        byte[] expected = golden.Bytes(name);
        RgbImage resized = new RgbImage(53, 37, golden.Bytes("img_u8")).Resize(width, height);
        Assert.AreEqual(expected.Length, resized.Pixels.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.IsTrue(Math.Abs(expected[i] - resized.Pixels[i]) <= 1, $"byte {i}: {expected[i]} and {resized.Pixels[i]}");
        }
    }

    [TestMethod]
    [DataRow("seg_imrescale_96x40", 57, 40)]
    [DataRow("seg_imresize_48x32", 48, 32)]
    [DataRow("seg_imresize_106x74", 106, 74)]
    public void ReferenceNearestLabels_EqualTheReferencePipeline(string name, int width, int height)
    {
        GoldenFile golden = GoldenFile.Open("i_resize.safetensors");
        byte[] source = golden.Bytes("seg_u8");
        CollectionAssert.AreEqual(golden.Bytes(name), new LabelMap(53, 37, source).ResizeAsReference(width, height).Ids.ToArray());
    }

    // An edge between two plain halves, wherever it lies: in the photograph it is where the mixed grey passes the middle.
    [TestMethod]
    [DataRow(240, 48)]
    [DataRow(48, 240)]
    [DataRow(7, 3)]
    [DataRow(3, 7)]
    [DataRow(100, 99)]
    [DataRow(99, 100)]
    [DataRow(480, 96)]
    [DataRow(96, 480)]
    [DataRow(5, 1)]
    [DataRow(720, 500)]
    public void LabelEdge_StaysOnThePhotographsEdge(int from, int to)
    {
        double largest = 0, sum = 0;
        for (int edge = 1; edge < from; edge++)
        {
            byte[] labels = [.. Enumerable.Range(0, from).Select(i => (byte)(i < edge ? 0 : 1))];
            byte[] grey = [.. labels.SelectMany(id => Enumerable.Repeat((byte)(200 * id), 3))];
            LabelMap wide = new LabelMap(from, 1, labels).Resize(to, 1), high = new LabelMap(1, from, labels).Resize(1, to);
            Assert.IsTrue(wide.Ids.SequenceEqual(high.Ids));
            Assert.IsTrue(wide.Ids.SequenceEqual(new RgbImage(from, 1, grey).ResizeNearest(to, 1).Pixels.ToArray().Where((_, i) => i % 3 == 0).Select(v => (byte)(v / 200)).ToArray()));
            double ofLabels = wide.Ids.Count((byte)0);
            double ofPhotograph = new RgbImage(from, 1, grey).Resize(to, 1).Pixels.ToArray().Where((_, i) => i % 3 == 0).Sum(v => 1 - (v / 200.0));
            largest = Math.Max(largest, Math.Abs(ofLabels - ofPhotograph));
            sum += ofLabels - ofPhotograph;
        }

        // Half a pixel of the working size is what whole pixels allow; beside one another the edges must not lean to one side.
        Assert.IsLessThanOrEqualTo(0.51, largest, $"{from} to {to}: an edge is {largest:F2} pixels off");
        Assert.AreEqual(0, sum / from, 0.05, $"{from} to {to}: edges lean");
    }

    [TestMethod]
    public void Bilinear_EqualsTheFormulaPixelByPixel()
    {
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 90], Gen.Int[1, 90], Gen.Int[0, int.MaxValue]).Sample(
            (width, height, newWidth, newHeight, seed) =>
            {
                var image = new RgbImage(width, height);
                new Random(seed).NextBytes(image.Pixels);
                RgbImage resized = image.Resize(newWidth, newHeight);
                for (int i = 0; i < resized.Pixels.Length; i++)
                {
                    int c = i % 3, x = i / 3 % newWidth, y = i / 3 / newWidth;
                    double sx = Math.Clamp(((x + 0.5) * width / newWidth) - 0.5, 0, width - 1);
                    double sy = Math.Clamp(((y + 0.5) * height / newHeight) - 0.5, 0, height - 1);
                    int x0 = (int)sx, y0 = (int)sy, x1 = Math.Min(x0 + 1, width - 1), y1 = Math.Min(y0 + 1, height - 1);
                    double At(int column, int row) => image.Pixels[(3 * ((row * width) + column)) + c];
                    double value = ((1 - (sy - y0)) * (((1 - (sx - x0)) * At(x0, y0)) + ((sx - x0) * At(x1, y0)))) + ((sy - y0) * (((1 - (sx - x0)) * At(x0, y1)) + ((sx - x0) * At(x1, y1))));
                    Assert.AreEqual(value, resized.Pixels[i], 0.502, $"{width}x{height} to {newWidth}x{newHeight} at {x},{y}");
                }
            },
            iter: 300);
    }

    [TestMethod]
    public void SameSize_IsTheSamePicture()
    {
        var image = new RgbImage(5, 4);
        Assert.AreSame(image, image.Resize(5, 4));
        Assert.AreSame(image, image.ResizeNearest(5, 4));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => image.Resize(0, 4));
    }
}
