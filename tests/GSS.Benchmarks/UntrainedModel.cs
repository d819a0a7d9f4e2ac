using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML.Data;

namespace GSS.Benchmarks;

/// <summary>A model of the usual size with random weights, for measurements that care about time and memory alone.</summary>
internal static class UntrainedModel
{
    /// <summary>The package of a model with an encoder, for 11 classes.</summary>
    public static SegmentationModelPackage Package(ImageEncoder encoder)
    {
        TorchNative.EnsureLoaded();
        Tokenizer description = Tokenizers.Compact();
        using TokenizerNetwork tokenizer = description.CreateNetwork();
        using var network = new LatentPriorNetwork(encoder.CreateNetwork(), description.VocabularySize, auxiliaryChannels: 0, seed: 1);
        SegmentationClasses classes = SegmentationClasses.CamVid;
        var manifest = new SegmentationModelManifest
        {
            Variant = "FF",
            Classes = classes,
            Palette = MaskigePalette.MaximalDistance(classes.Count),
            Tokenizer = description.Name,
            Stride = description.Stride,
            VocabularySize = description.VocabularySize,
            Encoder = encoder.Name,
        };
        return new SegmentationModelPackage(manifest, PriorExport.ToBytes(network), TokenizerExport.DecoderToBytes(tokenizer));
    }

    /// <summary>Noisy pictures.</summary>
    public static RgbImage[] Images(int count, int width, int height)
    {
        var images = new RgbImage[count];
        for (int i = 0; i < count; i++)
        {
            images[i] = new RgbImage(width, height);
            new Random(i).NextBytes(images[i].Pixels);
        }

        return images;
    }

    /// <summary>The same pictures as rows.</summary>
    public static Row[] Rows(RgbImage[] images) => [.. images.Select(image => new Row { Image = GSS.ML.MLImages.FromRgb(image) })];

    /// <summary>A row with a picture; its declared size is only a name for the column's type.</summary>
    internal sealed class Row
    {
        [Microsoft.ML.Transforms.Image.ImageType(360, 480)]
        public MLImage? Image { get; set; }
    }
}
