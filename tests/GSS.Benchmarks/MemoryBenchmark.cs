using System.Diagnostics;
using GSS.Core;
using GSS.ML;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace GSS.Benchmarks;

/// <summary>What is left behind: live tensors around Fit and predictions, and the process's memory over many predictions.</summary>
internal sealed class MemoryBenchmark : IBenchmark
{
    private const int Width = 96;
    private const int Height = 64;

    public string Name => "memory";

    public string Summary => "live tensors around Fit and 1000 predictions, and the memory of the process over these (--predictions N, 1000)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int predictions = arguments.Number("--predictions", 1000);
        TorchNative.EnsureLoaded();
        var context = new MLContext();
        RgbImage[] images = UntrainedModel.Images(20, Width, Height);
        long before = torch.Tensor.TotalCount;
        using GenerativeSegmentationTransformer model = Fit(context);
        long afterFit = torch.Tensor.TotalCount;

        var rows = new List<IReadOnlyList<object>> { new object[] { "before Fit", before, Resident() }, new object[] { "after Fit (2 epochs)", afterFit, Resident() } };
        using var engine = context.Model.CreatePredictionEngine<UntrainedModel.Row, Mask>(model, new PredictionEngineOptions { OwnsTransformer = false });
        Predict(engine, model, context, images, Math.Max(1, predictions / 5));
        double start = Resident();
        rows.Add(["after warming up", torch.Tensor.TotalCount, start]);
        double largest = start;
        for (int part = 1; part <= 5; part++)
        {
            Predict(engine, model, context, images, predictions / 5);
            double resident = Resident();
            largest = Math.Max(largest, resident);
            rows.Add([$"after {part * predictions / 5} predictions", torch.Tensor.TotalCount, resident]);
        }

        report.Line($"Images of {Width}x{Height}; every second prediction by a PredictionEngine, the others by Transform over a view. Memory is what the system counts as resident, after a full garbage collection.");
        report.Table(["when", "live tensors", "resident MiB"], rows);
        report.BarAtMost("memory-tensors-left-by-fit", afterFit - before, 0);
        report.BarAtMost("memory-tensors-left-by-predictions", torch.Tensor.TotalCount - afterFit, 0);
        report.BarAtMost("memory-resident-growth", largest / start, 1.05);
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

    private static double Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1048576.0;
    }

    internal sealed class Mask
    {
        [LabelMapType]
        public LabelMap? PredictedLabel { get; set; }
    }
}
