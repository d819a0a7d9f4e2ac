using System.Globalization;
using Microsoft.ML.Data;

namespace ApplyOnnxModel;

/// <summary>The command line: <c>--model street.onnx --image photo.jpg --output labels.png</c>.</summary>
internal static class MaskCommand
{
    private const string Usage = "usage: ApplyOnnxModel --model FILE.onnx --image PHOTO --output MASK.png";

    /// <summary>Scores the photograph, writes the mask, prints the share of each class.</summary>
    /// <returns>The exit code: 0, or 1 after a sentence about what went wrong.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        try
        {
            (string model, string image, string mask) = Parse(arguments);
            ModelFile file = ModelFile.Read(model);
            byte[] labels = MaskPipeline.Score(file, image);
            using MLImage picture = Paint(labels, file);
            picture.Save(mask);
            PrintShares(labels, file, output);
            output.WriteLine($"Wrote {mask}, {file.Width}x{file.Height}.");
            return 0;
        }
        catch (Exception e) when (e is ArgumentException or IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 1;
        }
    }

    private static (string Model, string Image, string Mask) Parse(string[] arguments)
    {
        string Value(string name)
        {
            int i = Array.IndexOf(arguments, name);
            return i >= 0 && i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"{name} is missing; {Usage}");
        }

        (string model, string image, string mask) = (Value("--model"), Value("--image"), Value("--output"));
        foreach (string path in new[] { model, image })
        {
            if (!File.Exists(path))
            {
                throw new ArgumentException($"The file '{path}' does not exist; {Usage}");
            }
        }

        return (model, image, mask);
    }

    private static MLImage Paint(byte[] labels, ModelFile file)
    {
        byte[] pixels = new byte[4 * labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            (byte red, byte green, byte blue) = file.Colors[labels[i]];
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (blue, green, red, 255);
        }

        return MLImage.CreateFromPixels(file.Width, file.Height, MLPixelFormat.Bgra32, pixels);
    }

    private static void PrintShares(byte[] labels, ModelFile file, TextWriter output)
    {
        foreach (IGrouping<byte, byte> found in labels.GroupBy(label => label).OrderByDescending(group => group.Count()))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Classes[found.Key],-20} {100.0 * found.Count() / labels.Length,5:F1} %"));
        }
    }
}
