using Google.Protobuf;
using GSS.Core;
using GSS.Core.OnnxSchema;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Onnx;

/// <content>Export to one file for other programs.</content>
public sealed partial class SegmentationModel
{
    // A protobuf message ends at 2 GiB; what is no weight, texts and operators, is far smaller than the rest.
    private const long LargestFile = 2_000_000_000;

    /// <summary>
    /// Writes the whole model as one ONNX file that runs without GSS.ML: <c>image</c> in, <c>labels</c> uint8 <c>[B, H, W]</c> at the image's own size out, pre-processing
    /// and post-processing inside; names and colours of the classes in its metadata. Then opens it, and scores the given images both ways.
    /// </summary>
    /// <param name="path">The file, usually with the extension <c>.onnx</c>; an existing one is replaced, and stays as it was where something fails.</param>
    /// <param name="options">Input, size, outputs, storage; null means the defaults: any size, float planes in RGB, the label map alone.</param>
    /// <param name="images">Images to compare on; null or none leaves the comparison out. Where <see cref="OnnxExportOptions.Width"/> is given they are resized to it first.</param>
    /// <returns>The file's size and the comparison.</returns>
    /// <exception cref="ArgumentException">Options are out of range, all faults of which are listed.</exception>
    /// <exception cref="NotSupportedException">The model cannot give what the options ask for.</exception>
    /// <exception cref="SegmentationModelException">The file cannot be written, or ONNX Runtime refuses it.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <remarks>
    /// Windows and views (<see cref="ScoringOptions.Window"/>, <see cref="ScoringOptions.TestTimeAugmentation"/>) are not a part of the file: it scores every image whole.
    /// A <see cref="ScoringOptions.ShortSide"/> that the model was opened with is.
    /// </remarks>
    public OnnxExportResult ExportToOnnx(string path, OnnxExportOptions? options = null, IEnumerable<RgbImage>? images = null) => Export(path, options, images, LargestFile);

    /// <summary>The same, with another bound on the weights in one file.</summary>
    internal OnnxExportResult Export(string path, OnnxExportOptions? options, IEnumerable<RgbImage>? images, long largestFile)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new();
        options.ThrowIfInvalid();
        ThrowIfDisposed();
        ModelProto model = FusedGraph.ToModel(_package, options, _shortSide);
        try
        {
            return options.ExternalData || ExternalData.Count(model) > largestFile ? ExportPair(model, path, options, images ?? []) : ExportFile(model, path, options, images ?? []);
        }
        catch (IOException e)
        {
            throw new SegmentationModelException($"The ONNX file {e.Message}", e);
        }
    }

    private OnnxExportResult ExportFile(ModelProto model, string path, OnnxExportOptions options, IEnumerable<RgbImage> images)
    {
        byte[] bytes = model.ToByteArray();
        using NativeSession opened = NativeSession.Open(bytes, Path.GetFileName(path), new ScoringOptions());
        (int count, long pixels, long equal, double? difference) = Compare(opened.Session, options, images);
        string? replaced = ExportedPair.WeightsOf(path);
        AtomicFile.Write(path, stream => stream.Write(bytes));
        ExportedPair.RemoveReplaced(replaced);
        return new(path, null, bytes.LongLength, count, pixels, equal, difference);
    }

    private OnnxExportResult ExportPair(ModelProto model, string path, OnnxExportOptions options, IEnumerable<RgbImage> images)
    {
        using ExportedPair files = ExportedPair.Write(model, path);
        (int Count, long Pixels, long Equal, double? Difference) compared;

        // Closed before the files move: it may have mapped the weights.
        using (NativeSession opened = NativeSession.OpenFile(files.Model, new ScoringOptions()))
        {
            compared = Compare(opened.Session, options, images);
        }

        return new(path, files.Move(), files.Bytes, compared.Count, compared.Pixels, compared.Equal, compared.Difference);
    }

    private (int Images, long Pixels, long Equal, double? Difference) Compare(InferenceSession session, OnnxExportOptions options, IEnumerable<RgbImage> images)
    {
        bool withConfidence = options.Outputs.HasFlag(SegmentationOutputs.Confidence);
        (int count, long pixels, long equal, double difference) = (0, 0, 0, 0);
        foreach (RgbImage given in images)
        {
            RgbImage image = options is { Width: { } width, Height: { } height } ? given.Resize(width, height) : given;
            SegmentationResult expected = PredictWhole([image], withConfidence ? SegmentationOutputs.Confidence : SegmentationOutputs.Labels)[0];
            using ExportedRun found = ExportedRun.Run(session, image, options);
            ReadOnlySpan<byte> labels = found.Labels;
            for (int i = 0; i < labels.Length; i++)
            {
                equal += labels[i] == expected.Labels.Ids[i] ? 1 : 0;
                difference = withConfidence ? Math.Max(difference, Math.Abs(found.Confidence[i] - expected.Confidence![i])) : 0;
            }

            pixels += labels.Length;
            count++;
        }

        return (count, pixels, equal, withConfidence && count > 0 ? difference : null);
    }
}
