using GSS.Core;
using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>The sheet with image, truth, maskige and prediction.</summary>
internal static class QuickstartPicture
{
    /// <summary>Draws a row for each maskige, which belong to the first samples, and saves the sheet.</summary>
    public static void Save(string path, SegmentationFiles samples, IReadOnlyList<LabelMap> predictions, IEnumerable<MLImage> maskiges)
    {
        var sheet = new OverlaySheet(samples.Classes);
        foreach (MLImage maskige in maskiges)
        {
            (RgbImage image, LabelMap truth) = samples.Read(sheet.RowCount);
            sheet.AddRow(image, truth, ToRgb(maskige), predictions[sheet.RowCount]);
        }

        sheet.SavePng(path);
    }

    private static RgbImage ToRgb(MLImage image)
    {
        (int red, int blue) = image.PixelFormat == MLPixelFormat.Rgba32 ? (0, 2) : (2, 0);
        var rgb = new RgbImage(image.Width, image.Height);
        ReadOnlySpan<byte> source = image.Pixels;
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            rgb.Pixels[3 * i] = source[(4 * i) + red];
            rgb.Pixels[(3 * i) + 1] = source[(4 * i) + 1];
            rgb.Pixels[(3 * i) + 2] = source[(4 * i) + blue];
        }

        return rgb;
    }
}
