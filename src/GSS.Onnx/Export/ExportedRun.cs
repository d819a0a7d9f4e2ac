using GSS.Core;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Onnx;

/// <summary>One image through an exported file.</summary>
internal sealed class ExportedRun : IDisposable
{
    private readonly IDisposableReadOnlyCollection<OrtValue> _values;
    private readonly string[] _names;

    private ExportedRun(IDisposableReadOnlyCollection<OrtValue> values, string[] names) => (_values, _names) = (values, names);

    public ReadOnlySpan<byte> Labels => Output<byte>(OnnxParts.Labels);

    public ReadOnlySpan<float> Confidence => Output<float>(OnnxParts.Confidence);

    /// <summary>Runs the file on an image, repeated where the file wants several.</summary>
    public static ExportedRun Run(InferenceSession session, RgbImage image, OnnxExportOptions options)
    {
        int count = options.BatchSize ?? 1;
        bool hwc = options.Layout == OnnxImageLayout.Hwc;
        byte[] numbers = Arrange(image, hwc, options.ChannelOrder == OnnxChannelOrder.Bgr);
        byte[] all = [.. Enumerable.Repeat(numbers, count).SelectMany(one => one)];
        long[] shape = hwc ? [count, image.Height, image.Width, 3] : [count, 3, image.Height, image.Width];
        using OrtValue input = options.ImageType == OnnxImageType.UInt8
            ? OrtValue.CreateTensorValueFromMemory(all, shape)
            : OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(all, number => (float)number), shape);
        using var run = new RunOptions();
        string[] names = [.. session.OutputNames];
        return new(session.Run(run, [OnnxParts.Image], [input], names), names);
    }

    public ReadOnlySpan<T> Output<T>(string name)
        where T : unmanaged => _values[Array.IndexOf(_names, name)].GetTensorDataAsSpan<T>();

    public void Dispose() => _values.Dispose();

    private static byte[] Arrange(RgbImage image, bool hwc, bool bgr)
    {
        int pixels = image.Width * image.Height;
        byte[] arranged = new byte[3 * pixels];
        for (int i = 0; i < pixels; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                arranged[hwc ? (3 * i) + channel : (channel * pixels) + i] = image.Pixels[(3 * i) + (bgr ? 2 - channel : channel)];
            }
        }

        return arranged;
    }
}
