using System.Globalization;
using GSS.Core;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;

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
        int pixels = image.Width * image.Height;
        float[] planes = new float[3 * pixels];
        for (int i = 0; i < pixels; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                planes[(channel * pixels) + i] = image.Pixels[(3 * i) + channel];
            }
        }

        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(onnx, options);
        using var input = OrtValue.CreateTensorValueFromMemory(planes, [1, 3, image.Height, image.Width]);
        using var runOptions = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(runOptions, ["image"], [input], ["logits"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
