using GSS.Core;
using GSS.ML;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace GSS.Benchmarks;

/// <summary>What is left behind by many trainings and many predictions: live tensors and the process's memory.</summary>
internal sealed class MemoryBenchmark : IBenchmark
{
    private const int Width = 96;
    private const int Height = 64;

    public string Name => "memory";

    public string Summary => "live tensors and memory over many trainings (--fits N, 10) and many predictions (--predictions N, 1000)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int fits = arguments.Number("--fits", 10), predictions = arguments.Number("--predictions", 1000);
        TorchNative.EnsureLoaded();
        var context = new MLContext();
        Fits(context, fits, report);
        Predictions(context, predictions, report);
    }

    private static void Fits(MLContext context, int fits, BenchmarkReport report)
    {
        // The first Fit starts thread pools and fills caches.
        Fit(context).Dispose();
        int parameters = ParametersOfOneFit();
        double start = ProcessMemory.ResidentMebibytes(), largest = start;
        long before = torch.Tensor.TotalCount, left = 0;
        var rows = new List<IReadOnlyList<object>> { new object[] { "before", before, 0, start } };
        for (int fit = 1; fit <= fits; fit++)
        {
            Fit(context).Dispose();
            double resident = ProcessMemory.ResidentMebibytes();
            largest = Math.Max(largest, resident);
            left = torch.Tensor.TotalCount - before - ((long)fit * parameters);
            rows.Add([fit == 1 ? "after 1 Fit" : $"after {fit} Fits", torch.Tensor.TotalCount, left, resident]);
        }

        report.Heading("Trainings");
        report.Line(
            "Each trains two epochs on 8 images, exports, checks and disposes what it made. TorchSharp's counter of live tensors counts a parameter twice when it is made "
            + "(the tensor that it takes over, and itself) and once when it goes, freed or not: it rises by one for each of the "
            + $"{parameters} parameters of the networks of a Fit, whose memory is freed all the same (the test TorchSharpCounterTests shows both). "
            + "What the counter rose by beyond that is left behind.");
        report.Table(["when", "TorchSharp's counter", "left behind", "resident MiB"], rows);
        report.BarAtMost("memory-tensors-left-by-fit", left, 0);
        report.BarAtMost("memory-resident-growth-by-fits", largest / start, 1.05);
    }

    private static void Predictions(MLContext context, int predictions, BenchmarkReport report)
    {
        RgbImage[] images = UntrainedModel.Images(20, Width, Height);
        using GenerativeSegmentationTransformer model = Fit(context);
        using var engine = context.Model.CreatePredictionEngine<UntrainedModel.Row, Mask>(model, new PredictionEngineOptions { OwnsTransformer = false });
        Predict(engine, model, context, images, Math.Max(1, predictions / 5));
        long before = torch.Tensor.TotalCount;
        double start = ProcessMemory.ResidentMebibytes(), largest = start;
        var rows = new List<IReadOnlyList<object>> { new object[] { "before", before, start } };
        for (int part = 1; part <= 5; part++)
        {
            Predict(engine, model, context, images, predictions / 5);
            double resident = ProcessMemory.ResidentMebibytes();
            largest = Math.Max(largest, resident);
            rows.Add([$"after {part * predictions / 5} predictions", torch.Tensor.TotalCount, resident]);
        }

        report.Heading("Predictions");
        report.Line($"Images of {Width}x{Height}; every second prediction by a PredictionEngine, the others by Transform over a view.");
        report.Table(["when", "TorchSharp's counter", "resident MiB"], rows);
        report.BarAtMost("memory-tensors-left-by-predictions", torch.Tensor.TotalCount - before, 0);
        report.BarAtMost("memory-resident-growth", largest / start, 1.05);
    }

    /// <summary>The parameters that a Fit makes: those of the latent prior and of the tokenizer.</summary>
    private static int ParametersOfOneFit()
    {
        Tokenizer description = Tokenizers.Compact();
        using var tokenizer = (CompactVqVae)description.CreateNetwork();
        using var network = new LatentPriorNetwork(ImageEncoders.ResNet18().CreateNetwork(), description.VocabularySize, SegmentationClasses.CamVid.Count, seed: 1);
        return network.parameters().Count() + tokenizer.Modules.Sum(module => module.parameters().Count());
    }

    private static GenerativeSegmentationTransformer Fit(MLContext context)
    {
        string folder = Directory.CreateTempSubdirectory("gss-memory-").FullName;
        try
        {
            SegmentationClasses classes = SegmentationClasses.CamVid;
            for (int i = 0; i < 8; i++)
            {
                ImageWriter.SavePng(UntrainedModel.Images(1, Width, Height)[0], Path.Combine(folder, "images", $"{i}.png"));
                LabelWriter.SavePng(ProceduralMaps.Truth(Width, Height, classes.Count, i), classes, Path.Combine(folder, "labels", $"{i}.png"));
            }

            SegmentationCatalog segmentation = context.Segmentation();
            return segmentation.Trainers.GenerativeSegmenter(new GenerativeSegmenter.Options { Epochs = 2, BatchSize = 4, CropWidth = 64, CropHeight = 64 })
                .Fit(segmentation.LoadFromFolders(Path.Combine(folder, "images"), Path.Combine(folder, "labels"), classes));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Predict(PredictionEngine<UntrainedModel.Row, Mask> engine, GenerativeSegmentationTransformer model, MLContext context, RgbImage[] images, int count)
    {
        for (int done = 0; done < count; done += 2 * images.Length)
        {
            UntrainedModel.Row[] rows = UntrainedModel.Rows(images);
            foreach (UntrainedModel.Row row in rows)
            {
                engine.Predict(row);
            }

            IDataView scored = model.Transform(context.Data.LoadFromEnumerable(rows));
            DataViewSchema.Column column = scored.Schema["PredictedLabel"];
            using DataViewRowCursor cursor = scored.GetRowCursor([column]);
            ValueGetter<LabelMap> read = cursor.GetGetter<LabelMap>(column);
            LabelMap mask = null!;
            while (cursor.MoveNext())
            {
                read(ref mask);
            }

            foreach (UntrainedModel.Row row in rows)
            {
                row.Image!.Dispose();
            }
        }
    }

    internal sealed class Mask
    {
        [LabelMapType]
        public LabelMap? PredictedLabel { get; set; }
    }
}
