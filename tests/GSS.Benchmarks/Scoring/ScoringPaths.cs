using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;

namespace GSS.Benchmarks;

/// <summary>The ways from photographs to label maps that one trained model has, all from the files in a folder.</summary>
internal static class ScoringPaths
{
    public const string Torch = "TorchSharp", Model = "SegmentationModel", Int8 = "SegmentationModel, int8", Fused = "ONNX file alone", Fused16 = "ONNX file alone, 16-bit weights", Transformer = "ONNX file in ApplyOnnxModel";

    private const string ModelFile = "model.gss", Int8File = "int8.gss", FusedFile = "fused.onnx", Fused16File = "fused16.onnx", TransformerFile = "fixed.onnx";

    /// <summary>Each way with the file that it is scored from (none: the training checkpoint) and whether it takes batches.</summary>
    public static IReadOnlyList<(string Name, string? File, bool TakesBatches)> All { get; } =
    [
        (Torch, null, false), (Model, ModelFile, true), (Int8, Int8File, true), (Fused, FusedFile, true), (Fused16, Fused16File, true), (Transformer, TransformerFile, false),
    ];

    /// <summary>Writes the files of all ways.</summary>
    /// <returns>What was found while quantising and exporting.</returns>
    public static string Write(string folder, SegmentationModelPackage package, RgbImage[] calibration, RgbImage photograph, ScoringOptions scoring)
    {
        package.Save(Path.Combine(folder, ModelFile));
        using var model = new SegmentationModel(package, scoring);
        QuantizationResult quantized = model.Quantize(calibration, new QuantizationOptions { ThreadCount = scoring.ThreadCount });
        quantized.Package.Save(Path.Combine(folder, Int8File));
        OnnxExportResult[] exported =
        [
            model.ExportToOnnx(Path.Combine(folder, FusedFile), new OnnxExportOptions { ImageType = OnnxImageType.UInt8, Layout = OnnxImageLayout.Hwc }, [photograph]),
            model.ExportToOnnx(Path.Combine(folder, Fused16File), new OnnxExportOptions { ImageType = OnnxImageType.UInt8, Layout = OnnxImageLayout.Hwc, Weights = OnnxWeightStorage.Float16 }, [photograph]),
            model.ExportToOnnx(Path.Combine(folder, TransformerFile), new OnnxExportOptions { BatchSize = 1, Width = photograph.Width, Height = photograph.Height }, [photograph]),
        ];
        return $"{quantized}; " + string.Join("; ", exported.Select(result => $"{Path.GetFileName(result.Path)}, {result.EqualShare:P3} of the pixels equal"));
    }

    /// <summary>Opens a way: photographs of one size to their label maps.</summary>
    public static (IDisposable Owner, Func<IReadOnlyList<RgbImage>, byte[][]> Score) Open(string name, string folder, Func<TrainedPrior> trained, ScoringOptions scoring)
    {
        string file = Path.Combine(folder, All.Single(path => path.Name == name).File ?? "");
        switch (name)
        {
            case Torch:
                TrainedPrior network = trained();
                return (network, images => [.. images.Select(image => network.Predict(image).Ids.ToArray())]);
            case Model or Int8:
                var model = SegmentationModel.Load(file, scoring);
                return (model, images => [.. model.Predict(images).Select(result => result.Labels.Ids.ToArray())]);
            case Transformer:
                return OpenTransformer(file, scoring.ThreadCount);
            default:
                return OpenFile(file, scoring.ThreadCount);
        }
    }

    // What a program without GSS.ML would write.
    private static (IDisposable, Func<IReadOnlyList<RgbImage>, byte[][]>) OpenFile(string file, int threads)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        var session = new InferenceSession(file, options);
        return (session, images =>
        {
            byte[] pixels = images.Count == 1 ? images[0].Pixels.ToArray() : [.. images.SelectMany(image => image.Pixels.ToArray())];
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [images.Count, images[0].Height, images[0].Width, 3]);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> found = session.Run(run, ["image"], [input], ["labels"]);
            return [.. found[0].GetTensorDataAsSpan<byte>().ToArray().Chunk(images[0].Width * images[0].Height)];
        }
        );
    }

    private static (IDisposable, Func<IReadOnlyList<RgbImage>, byte[][]>) OpenTransformer(string file, int threads)
    {
        var ml = new MLContext();
        EstimatorChain<OnnxTransformer> pipeline = ml.Transforms.ExtractPixels("image", nameof(Photograph.Image), orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ARGB)
            .Append(ml.Transforms.ApplyOnnxModel(new OnnxOptions { ModelFile = file, InputColumns = ["image"], OutputColumns = ["labels"], IntraOpNumThreads = threads }));
        TransformerChain<OnnxTransformer> chain = pipeline.Fit(ml.Data.LoadFromEnumerable(Array.Empty<Photograph>()));
        PredictionEngine<Photograph, Found> engine = ml.Model.CreatePredictionEngine<Photograph, Found>(chain);
        return (new Owners(engine, chain.LastTransformer), images =>
        {
            RgbImage image = images.Single();
            using MLImage given = ToMLImage(image);
            return [engine.Predict(new Photograph { Image = given }).Labels];
        }
        );
    }

    private static MLImage ToMLImage(RgbImage image)
    {
        byte[] pixels = new byte[4 * image.Width * image.Height];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (image.Pixels[(3 * i) + 2], image.Pixels[(3 * i) + 1], image.Pixels[3 * i], 255);
        }

        return MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Bgra32, pixels);
    }

    private sealed class Photograph
    {
        // CamVid's size here, as in the file.
        [ImageType(360, 480)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Found
    {
        [ColumnName("labels")]
        public byte[] Labels { get; set; } = [];
    }

    private sealed class Owners(params IDisposable[] owned) : IDisposable
    {
        public void Dispose() => Array.ForEach(owned, one => one.Dispose());
    }
}
