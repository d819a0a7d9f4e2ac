using GSS.Core;

namespace GSS.Onnx;

/// <content>From file to file, for photographs of any size.</content>
public sealed partial class SegmentationModel
{
    /// <summary>
    /// Predicts the label map of a photograph in a file into a PNG file, the same that <see cref="Predict(RgbImage, SegmentationOutputs)"/> gives. With a
    /// <see cref="ScoringOptions.Window"/> neither photograph nor label map is in memory as a whole: rows are read, scored and written as the windows go down.
    /// </summary>
    /// <param name="imagePath">
    /// A photograph: JPEG, PNG or TIFF (strips or tiles; grey, palette or RGB, 8 or 16 bits a channel), or what <see cref="ImageReader"/> reads besides. Its EXIF orientation is
    /// applied; turned, interlaced and progressive files, and the other formats, are unpacked as a whole.
    /// </param>
    /// <param name="labelPath">The label map, as <see cref="LabelWriter"/> writes it; an existing file is replaced, and stays as it was where something fails.</param>
    /// <param name="progress">Receives a report after each window, of images that are scored in windows; null for no reports.</param>
    /// <param name="cancellationToken">Ends the work between two windows; nothing is written then.</param>
    /// <exception cref="SegmentationDataException">The photograph is missing, damaged, cut short, or of a kind that is not read.</exception>
    /// <exception cref="ArgumentException">The image is too narrow or too large to be predicted, both paths are the same, or label files have no value for one of the classes.</exception>
    /// <exception cref="IOException">The label map cannot be written; nothing of it is left behind.</exception>
    /// <exception cref="OperationCanceledException">The token ended the work.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void PredictFile(string imagePath, string labelPath, IProgress<ScoringProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(imagePath);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelPath);
        if (Path.GetFullPath(imagePath) == Path.GetFullPath(labelPath))
        {
            throw new ArgumentException($"Found '{labelPath}' as photograph and as label map, expected two files: the label map would replace the photograph.", nameof(labelPath));
        }

        using IDisposable held = Hold();
        cancellationToken.ThrowIfCancellationRequested();
        int[] values = LabelWriter.ValuesOfAll(Manifest.Classes);
        using ImageRows image = ImageRows.Open(imagePath);
        AtomicFile.Write(labelPath, stream =>
        {
            using var labels = new LabelRowWriter(stream, image.Width, image.Height, Manifest.Classes, values);
            if (_windows is not null && _windows.AppliesTo(image.Width, image.Height))
            {
                _windows.Predict(image, labels.Write, progress, cancellationToken);
            }
            else
            {
                PredictWhole(image, labels);
                progress?.Report(new ScoringProgress(1, 1));
                cancellationToken.ThrowIfCancellationRequested();
            }

            labels.Finish();
        });
    }

    private void PredictWhole(ImageRows image, LabelRowWriter labels)
    {
        (int width, int height) = WorkingSize.Require(image.Width, image.Height, _shortSide);
        WorkingSize.RequireMemory(width, height);
        if ((long)image.Width * image.Height > ImageReader.MaximumPixelCount)
        {
            throw new ArgumentException($"Found {image.Width}x{image.Height} pixels to predict in one piece, expected at most {ImageReader.MaximumPixelCount}: score it in windows ({nameof(ScoringOptions)}.{nameof(ScoringOptions.Window)}), or cut it into parts.");
        }

        LabelMap map = PredictWhole([image.ReadAll()], SegmentationOutputs.Labels)[0].Labels;
        for (int y = 0; y < map.Height; y++)
        {
            labels.Write(map.Ids.Slice(y * map.Width, map.Width));
        }
    }
}
