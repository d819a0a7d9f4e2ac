using CsCheck;
using GSS.Core;
using GSS.Torch;

namespace GSS.Tests;

[TestClass]
public sealed class AugmentationTests
{
    private static readonly AugmentationOptions Plain = new()
    {
        CropWidth = 24,
        CropHeight = 20,
        MinimumScale = 1,
        MaximumScale = 1,
        MaximumClassShare = 1,
        Flip = false,
        PhotometricDistortion = false,
    };

    [TestMethod]
    public void Without_variation_the_crop_is_a_window_of_the_source()
    {
        (RgbImage image, LabelMap labels) = Positions(70, 50);
        var corners = new HashSet<(float, float)>();
        for (int seed = 0; seed < 100; seed++)
        {
            (float[] rgb, byte[] ids) = Apply(image, labels, Plain, seed);
            (float left, float top) = (rgb[0], rgb[24 * 20]);
            corners.Add((left, top));
            for (int y = 0; y < 20; y++)
            {
                for (int x = 0; x < 24; x++)
                {
                    int i = (y * 24) + x;
                    Assert.AreEqual((left + x, top + y, 7f), (rgb[i], rgb[480 + i], rgb[960 + i]));
                    Assert.AreEqual(labels[(int)left + x, (int)top + y], ids[i]);
                }
            }
        }

        Assert.IsGreaterThan(50, corners.Count, "the windows lie in many places");
    }

    [TestMethod]
    public void A_mirrored_crop_is_the_window_from_right_to_left()
    {
        (RgbImage image, LabelMap labels) = Positions(24, 20);
        int mirrored = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            (float[] rgb, byte[] ids) = Apply(image, labels, Plain with { Flip = true }, seed);
            bool flipped = rgb[0] != 0;
            mirrored += flipped ? 1 : 0;
            for (int x = 0; x < 24; x++)
            {
                Assert.AreEqual(flipped ? 23 - x : x, rgb[x]);
                Assert.AreEqual(labels[flipped ? 23 - x : x, 0], ids[x]);
            }
        }

        Assert.IsTrue(mirrored is > 30 and < 70, $"{mirrored} of 100 are mirrored");
    }

    [TestMethod]
    public void Image_and_labels_stay_aligned()
    {
        // The colour of each pixel encodes its class, so away from the borders of regions both must still agree exactly.
        (RgbImage image, LabelMap labels) = Regions(150, 120);
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Double[0.4, 1.5], Gen.Double[0, 1]).Sample((seed, least, more) =>
        {
            AugmentationOptions options = Plain with { CropWidth = 40, CropHeight = 33, MinimumScale = least, MaximumScale = least + more, MaximumClassShare = 0.75, Flip = true };
            (float[] rgb, byte[] ids) = Apply(image, labels, options, seed);
            int plane = ids.Length, inside = 0;
            for (int y = 2; y < 31; y++)
            {
                for (int x = 2; x < 38; x++)
                {
                    byte id = ids[(y * 40) + x];
                    if (id == LabelMap.Void || !IsUniform(ids, 40, x, y))
                    {
                        continue;
                    }

                    inside++;
                    int i = (y * 40) + x;
                    if ((Color(id).R, Color(id).G, Color(id).B) != (rgb[i], rgb[plane + i], rgb[(2 * plane) + i]))
                    {
                        return false;
                    }
                }
            }

            return inside > 50 && ids.Where(id => id != LabelMap.Void).All(labels.Ids.ToArray().Contains);
        }, iter: 200);
    }

    [TestMethod]
    [DataRow(0.3)]
    [DataRow(0.5)]
    [DataRow(0.77)]
    [DataRow(1.0)]
    [DataRow(1.3)]
    [DataRow(2.0)]
    [DataRow(3.7)]
    public void An_edge_lies_at_the_same_place_in_image_and_labels_whatever_the_scale(double scale)
    {
        // White from column 41 and row 33 on: the edge of the image is where its brightness crosses one half, with the fraction of a pixel that grey values tell.
        const int Width = 100, Height = 80, Column = 41, Row = 33;
        (RgbImage image, LabelMap labels) = Make(Width, Height, (x, y) => x >= Column && y >= Row ? ((byte)1, new RgbColor(255, 255, 255)) : ((byte)0, new RgbColor(0, 0, 0)));
        int width = (int)((Width * scale) + 0.5), height = (int)((Height * scale) + 0.5);
        AugmentationOptions options = Plain with { CropWidth = width, CropHeight = height, MinimumScale = scale, MaximumScale = scale };
        foreach (bool aligned in new[] { true, false })
        {
            (float[] rgb, byte[] ids) = Apply(image, labels, options with { AlignCentres = aligned }, 1);
            int bottom = (height - 1) * width;
            double Edge(IEnumerable<double> shares) => shares.Sum(share => 1 - share);
            double columnOfImage = Edge(Enumerable.Range(0, width).Select(x => rgb[bottom + x] / 255.0)), columnOfLabels = Edge(Enumerable.Range(0, width).Select(x => (double)ids[bottom + x]));
            double rowOfImage = Edge(Enumerable.Range(0, height).Select(y => rgb[(y * width) + width - 1] / 255.0)), rowOfLabels = Edge(Enumerable.Range(0, height).Select(y => (double)ids[(y * width) + width - 1]));
            if (aligned)
            {
                // Labels can only be whole pixels.
                Assert.AreEqual(columnOfImage, columnOfLabels, 0.51);
                Assert.AreEqual(rowOfImage, rowOfLabels, 0.51);
                Assert.AreEqual(Math.Round(Column * (double)width / Width, MidpointRounding.AwayFromZero), columnOfLabels, 1e-9 + (Math.Abs((Column * (double)width / Width) % 1 - 0.5) < 1e-9 ? 1 : 0));
            }
            else
            {
                // The reference rounds up where the nearest pixel may be the one before: half a pixel too far on the average.
                Assert.AreEqual(Math.Ceiling((Column * (double)width / Width) - 1e-9), columnOfLabels);
                Assert.AreEqual(Math.Ceiling((Row * (double)height / Height) - 1e-9), rowOfLabels);
            }
        }
    }

    [TestMethod]
    public void A_small_sample_is_padded_with_the_mean_colour_and_void()
    {
        (RgbImage image, LabelMap labels) = Regions(30, 10);
        (float[] rgb, byte[] ids) = Apply(image, labels, Plain with { CropWidth = 32, CropHeight = 16, PhotometricDistortion = true }, 3);
        for (int y = 0; y < 16; y++)
        {
            for (int x = 0; x < 32; x++)
            {
                int i = (y * 32) + x;
                bool padding = x >= 30 || y >= 10;
                Assert.AreEqual(padding ? LabelMap.Void : labels[x, y], ids[i]);
                Assert.AreEqual(padding, (rgb[i], rgb[512 + i], rgb[1024 + i]) == (123.675f, 116.28f, 103.53f));
            }
        }
    }

    [TestMethod]
    public void Crops_of_one_class_are_drawn_again()
    {
        // Stripes of one class and void on the left, of two classes on the right: two fifths of all crops are too plain, since void does not count.
        var labels = new LabelMap(64, 16, [.. Enumerable.Range(0, 64 * 16).Select(i => i % 64 >= 32 ? (byte)(1 + (i % 2)) : i % 2 == 0 ? (byte)0 : LabelMap.Void)]);
        Assert.AreEqual(0, TooPlain(labels, 0.75));
        Assert.IsGreaterThan(50, TooPlain(labels, 1));

        // Where nothing better exists the last draw is taken.
        var plain = new LabelMap(64, 16, [.. Enumerable.Range(0, 64 * 16).Select(i => (byte)(i % 2 == 0 ? 4 : LabelMap.Void))]);
        Assert.AreEqual(200, TooPlain(plain, 0.75));

        static int TooPlain(LabelMap labels, double share)
        {
            var image = new RgbImage(labels.Width, labels.Height);
            return Enumerable.Range(0, 200).Count(seed =>
            {
                (_, byte[] ids) = Apply(image, labels, Plain with { CropWidth = 16, CropHeight = 16, MaximumClassShare = share }, seed);
                byte[] labelled = [.. ids.Where(id => id != LabelMap.Void)];
                return labelled.GroupBy(id => id).Max(group => group.Count()) >= 0.75 * labelled.Length;
            });
        }
    }

    private static (float[] Rgb, byte[] Ids) Apply(RgbImage image, LabelMap labels, AugmentationOptions options, int seed)
    {
        int plane = options.CropWidth * options.CropHeight;
        (float[] rgb, byte[] ids) = (new float[3 * plane], new byte[plane]);
        Augmentation.Apply(image, labels, options, new Random(seed), rgb, ids);
        return (rgb, ids);
    }

    private static bool IsUniform(byte[] ids, int width, int x, int y)
        => Enumerable.Range(-2, 5).All(dy => Enumerable.Range(-2, 5).All(dx => ids[((y + dy) * width) + x + dx] == ids[(y * width) + x]));

    /// <summary>Red is the column, green the row.</summary>
    private static (RgbImage Image, LabelMap Labels) Positions(int width, int height) => Make(width, height, (x, y) => ((byte)((x * 5) + (y * 3)), new RgbColor((byte)x, (byte)y, 7)));

    /// <summary>Rectangles of 30 by 24 pixels in the colours of their classes.</summary>
    private static (RgbImage Image, LabelMap Labels) Regions(int width, int height) => Make(width, height, (x, y) =>
    {
        byte id = (byte)(((x / 30) + (3 * (y / 24))) % 7);
        return (id, Color(id));
    });

    private static RgbColor Color(byte id) => new((byte)(30 * id), (byte)(255 - (17 * id)), (byte)(id * id));

    private static (RgbImage Image, LabelMap Labels) Make(int width, int height, Func<int, int, (byte Id, RgbColor Color)> pixel)
    {
        var image = new RgbImage(width, height);
        byte[] ids = new byte[width * height];
        for (int i = 0; i < ids.Length; i++)
        {
            (ids[i], RgbColor color) = pixel(i % width, i / width);
            (image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]) = (color.R, color.G, color.B);
        }

        return (image, new LabelMap(width, height, ids));
    }
}
