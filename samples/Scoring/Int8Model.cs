using GSS.Core;
using GSS.Onnx;

namespace Scoring;

/// <summary>The model in int8. It is calibrated once and kept in the folder of outputs: shards and later runs, which may see other photographs, score with the same one.</summary>
internal static class Int8Model
{
    private const int PhotographCount = 32;

    // Whole, the photographs that windows are for would not fit into memory.
    private const int LargestSide = 2048;

    /// <summary>Reads it, or calibrates it on the first photographs and keeps it.</summary>
    /// <param name="package">The trained model.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="all">All photographs, those of other shards too.</param>
    /// <param name="record">What the folder is made with; written before the model, so that nobody takes that of another one.</param>
    /// <param name="folder">The folder of outputs.</param>
    /// <param name="cancel">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The model is quantised already.</exception>
    /// <exception cref="SegmentationDataException">No photograph can be read.</exception>
    public static SegmentationModelPackage Of(SegmentationModelPackage package, ScoringSettings settings, IReadOnlyList<Photograph> all, ScoringRecord record, ScoringFolder folder, CancellationToken cancel)
    {
        if (package.Manifest.Precision is { } precision)
        {
            throw new ArgumentException($"The model '{settings.Model}' of --model is in {precision} already, expected one in 32 bits for --int8: leave --int8 out.");
        }

        if (File.Exists(folder.Int8Model))
        {
            Console.WriteLine($"In int8, as '{folder.Int8Model}' was calibrated before.");
        }
        else
        {
            using var model = new SegmentationModel(package, new ScoringOptions { ThreadCount = settings.Threads });
            List<RgbImage> images = First(settings.Images, all, cancel);
            QuantizationResult result = model.Quantize(images, new QuantizationOptions { ThreadCount = settings.Threads }, cancel);
            Console.WriteLine($"In int8, calibrated on {images.Count} photographs: {result}.");
            record.Keep(folder);
            string temporary = $"{folder.Int8Model}.{Guid.NewGuid():N}.tmp";
            result.Package.Save(temporary);
            ScoringFolder.Move(temporary, folder.Int8Model, overwrite: false);
        }

        return SegmentationModelPackage.Load(folder.Int8Model);
    }

    private static List<RgbImage> First(string folder, IReadOnlyList<Photograph> all, CancellationToken cancel)
    {
        var images = new List<RgbImage>();
        for (int i = 0; i < all.Count && images.Count < PhotographCount; i++)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                RgbImage image = ImageReader.Read(Path.Combine(folder, all[i].Name));
                double scale = Math.Min(1, LargestSide / (double)Math.Max(image.Width, image.Height));
                images.Add(scale == 1 ? image : image.Resize(Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale))));
            }
            catch (SegmentationDataException)
            {
                // Scoring says what is wrong with it.
            }
        }

        return images.Count > 0 ? images : throw new SegmentationDataException(
            $"The folder '{folder}' of --images has no photograph that can be read, expected one or more to calibrate --int8 on: without --int8, failed.csv says what is wrong with each.");
    }
}
