using System.Globalization;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.ML;

/// <summary>Compares an exported network with the one that was trained: what scoring will compute with what training measured.</summary>
internal static class ExportParity
{
    /// <summary>The largest difference of a logit that is let pass; a sound export is a hundred times closer.</summary>
    public const double LargestDifference = 1e-3;

    // Logits of a whole 4K photograph would take gigabytes.
    private const int LargestSide = 512;

    /// <summary>Runs both on one photograph.</summary>
    /// <returns>The largest absolute difference of a logit.</returns>
    /// <exception cref="SegmentationModelException">It is above <see cref="LargestDifference"/>, or not a number.</exception>
    public static double Check(Func<RgbImage, float[]> trained, byte[] priorOnnx, RgbImage photograph)
    {
        RgbImage image = photograph.Resize(Math.Min(photograph.Width, LargestSide), Math.Min(photograph.Height, LargestSide));
        float[] expected = trained(image);
        float[] found = Run(priorOnnx, image);
        double difference = found.Length == expected.Length ? 0 : double.NaN;
        for (int i = 0; i < found.Length && !double.IsNaN(difference); i++)
        {
            double step = Math.Abs((double)found[i] - expected[i]);
            difference = step <= difference ? difference : step;
        }

        return difference <= LargestDifference
            ? difference
            : throw new SegmentationModelException(string.Create(
                CultureInfo.InvariantCulture,
                $"The exported network differs from the trained one by {difference:G3} in a logit, expected at most {LargestDifference:G3}: the model was not kept, train again with a smaller LearningRate or with GradientClipNorm."));
    }

    internal static float[] Run(byte[] onnx, RgbImage image)
    {
        float[] planes = new float[3 * image.Width * image.Height];
        ImagePlanes.Spread(image.Pixels, planes);
        using var session = new OnnxSession(onnx, "prior.onnx", ("image", TensorElementType.Float), ("logits", TensorElementType.Float), new ScoringOptions());
        using OrtValue logits = session.Run(planes.AsMemory(), [1, 3, image.Height, image.Width]);
        return logits.GetTensorDataAsSpan<float>().ToArray();
    }
}
