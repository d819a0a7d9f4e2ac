using CsCheck;
using GSS.Torch;

namespace GSS.Tests;

[TestClass]
public sealed class PhotometricDistortionTests
{
    private static readonly Gen<byte[]> Pixels = Gen.Byte.Array[3].Array[1, 20].Select(pixels => pixels.SelectMany(pixel => pixel).ToArray());

    [TestMethod]
    public void Brightness_and_contrast_cut_to_bytes()
    {
        byte[] pixels = [0, 10, 100, 200, 250, 255];
        PhotometricDistortion.Linear(pixels, 1.5, 0);
        CollectionAssert.AreEqual(new byte[] { 0, 15, 150, 255, 255, 255 }, pixels);
        pixels = [0, 10, 100, 200, 250, 255];
        PhotometricDistortion.Linear(pixels, 1, -20.5);
        CollectionAssert.AreEqual(new byte[] { 0, 0, 79, 179, 229, 234 }, pixels);
    }

    [TestMethod]
    public void Saturation_equals_the_way_through_hsv()
        => Gen.Select(Pixels, Gen.Double[0.5, 1.5]).Sample((pixels, factor) => IsHsv(pixels, p => PhotometricDistortion.Saturate(p, (float)factor), (h, s, v) => (h, Math.Min(1, s * factor), v)));

    [TestMethod]
    public void Hue_equals_the_way_through_hsv()
        => Gen.Select(Pixels, Gen.Int[-18, 17]).Sample((pixels, steps) => IsHsv(pixels, p => PhotometricDistortion.TurnHue(p, steps / 30f), (h, s, v) => ((h + (2 * steps) + 360) % 360, s, v)));

    [TestMethod]
    public void Each_step_happens_every_second_time()
    {
        byte[] original = [.. Enumerable.Range(0, 300).Select(i => (byte)(40 + ((i * 37) % 150)))];
        int unchanged = 0, greyUnchanged = 0;
        for (int seed = 0; seed < 4000; seed++)
        {
            byte[] pixels = [.. original];
            PhotometricDistortion.Apply(pixels, new Random(seed));
            unchanged += pixels.AsSpan().SequenceEqual(original) ? 1 : 0;

            // Saturation and hue do nothing to grey, so brightness and contrast are left.
            byte[] grey = [.. Enumerable.Repeat((byte)128, 30)];
            PhotometricDistortion.Apply(grey, new Random(seed));
            greyUnchanged += grey.All(value => value == 128) ? 1 : 0;
            Assert.IsTrue(grey.All(value => value >= 47 && value <= 240) && grey.Distinct().Count() == 1);
        }

        Assert.AreEqual(4000 / 16.0, unchanged, 60, "none of four");
        Assert.AreEqual(4000 / 4.0, greyUnchanged, 120, "none of two");
    }

    private static bool IsHsv(byte[] pixels, Action<byte[]> change, Func<double, double, double, (double H, double S, double V)> expected)
    {
        byte[] changed = [.. pixels];
        change(changed);
        for (int i = 0; i < pixels.Length; i += 3)
        {
            (double h, double s, double v) = ToHsv(pixels[i], pixels[i + 1], pixels[i + 2]);
            (h, s, v) = expected(h, s, v);
            (double red, double green, double blue) = ToRgb(h, s, v);
            if (Math.Abs(red - changed[i]) > 0.51 || Math.Abs(green - changed[i + 1]) > 0.51 || Math.Abs(blue - changed[i + 2]) > 0.51)
            {
                return false;
            }
        }

        return true;
    }

    private static (double H, double S, double V) ToHsv(double red, double green, double blue)
    {
        double value = Math.Max(red, Math.Max(green, blue)), chroma = value - Math.Min(red, Math.Min(green, blue));
        double hue = chroma == 0 ? 0 : value == red ? 60 * (green - blue) / chroma : value == green ? 120 + (60 * (blue - red) / chroma) : 240 + (60 * (red - green) / chroma);
        return ((hue + 360) % 360, value == 0 ? 0 : chroma / value, value);
    }

    private static (double Red, double Green, double Blue) ToRgb(double h, double s, double v)
    {
        double sector = h / 60, f = sector - Math.Floor(sector);
        double p = v * (1 - s), q = v * (1 - (f * s)), t = v * (1 - ((1 - f) * s));
        return ((int)Math.Floor(sector) % 6) switch { 0 => (v, t, p), 1 => (q, v, p), 2 => (p, v, t), 3 => (p, q, v), 4 => (t, p, v), _ => (v, p, q) };
    }
}
