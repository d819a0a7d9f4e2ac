using System.Text.Json;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Tests;

/// <summary>An exported file as another program uses it: bare ONNX Runtime, its managed tensors, nothing of ours but the name of the input.</summary>
internal sealed class ExportedFile : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ExportedFile(SegmentationModelPackage package, OnnxExportOptions? options = null, params RgbImage[] images)
    {
        Options = options ?? new();
        using var model = new SegmentationModel(package);
        Result = model.ExportToOnnx(_folder.File("model.onnx"), options, images);
        Session = new InferenceSession(Result.Path);
    }

    public OnnxExportOptions Options { get; }

    public OnnxExportResult Result { get; }

    public InferenceSession Session { get; }

    public long Bytes => new FileInfo(Result.Path).Length;

    public IReadOnlyDictionary<string, string> Metadata => Session.ModelMetadata.CustomMetadataMap;

    public string[] Names(string key) => JsonSerializer.Deserialize<string[]>(Metadata[key])!;

    /// <summary>Label maps of images of one size.</summary>
    public LabelMap[] Labels(params RgbImage[] images)
    {
        Tensor<byte> labels = Output<byte>("labels", images);
        int pixels = images[0].Width * images[0].Height;
        CollectionAssert.AreEqual(new[] { images.Length, images[0].Height, images[0].Width }, labels.Dimensions.ToArray());
        byte[] all = [.. labels];
        return [.. images.Select((image, i) => new LabelMap(image.Width, image.Height, all[(i * pixels)..((i + 1) * pixels)]))];
    }

    public Tensor<T> Output<T>(string name, params RgbImage[] images)
    {
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> found = Session.Run([Input(images)], [name]);
        return found.Single().AsTensor<T>().Clone();
    }

    public void Dispose()
    {
        Session.Dispose();
        _folder.Dispose();
    }

    private NamedOnnxValue Input(RgbImage[] images)
    {
        (int width, int height) = (images[0].Width, images[0].Height);
        bool hwc = Options.Layout == OnnxImageLayout.Hwc;
        int[] shape = hwc ? [images.Length, height, width, 3] : [images.Length, 3, height, width];
        var bytes = new DenseTensor<byte>(shape);
        var floats = new DenseTensor<float>(shape);
        for (int n = 0; n < images.Length; n++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    RgbImage image = images[n];
                    byte[] rgb = [.. image.Pixels.Slice(3 * ((y * width) + x), 3)];
                    for (int c = 0; c < 3; c++)
                    {
                        byte value = rgb[Options.ChannelOrder == OnnxChannelOrder.Bgr ? 2 - c : c];
                        int[] place = hwc ? [n, y, x, c] : [n, c, y, x];
                        (bytes[place], floats[place]) = (value, value);
                    }
                }
            }
        }

        return Options.ImageType == OnnxImageType.UInt8 ? NamedOnnxValue.CreateFromTensor("image", bytes) : NamedOnnxValue.CreateFromTensor("image", floats);
    }
}
