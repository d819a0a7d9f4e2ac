using GSS.Core;
using GSS.ML;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.Benchmarks;

/// <summary>What the ML.NET face costs: Transform over an IDataView against calling the core in a loop.</summary>
internal sealed class OverheadBenchmark : IBenchmark
{
    public string Name => "overhead";

    public string Summary => "Transform over an IDataView against SegmentationModel.Predict in a loop, 480x360 (--images N, 12; --repeats N, 5; --width N; --height N)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int count = arguments.Number("--images", 12), repeats = arguments.Number("--repeats", 5);
        int width = arguments.Number("--width", 480), height = arguments.Number("--height", 360);
        SegmentationModelPackage package = UntrainedModel.Package(ImageEncoders.ResNet18());
        RgbImage[] images = UntrainedModel.Images(count, width, height);
        UntrainedModel.Row[] rows = UntrainedModel.Rows(images);
        using var model = new SegmentationModel(package);
        var context = new MLContext();

        var table = new List<IReadOnlyList<object>>();
        foreach (int batch in new[] { 1, 8 })
        {
            using var transformer = new GenerativeSegmentationTransformer(TransformerScoring.Of(context), package, new SegmentationColumns("Image", "PredictedLabel", null, null, batch));
            IDataView scored = transformer.Transform(context.Data.LoadFromEnumerable(rows));
            LabelMap[] looped = new LabelMap[count], transformed = new LabelMap[count];
            double[] times = Timing.CompareMedianMilliseconds(repeats, () => Loop(model, images, looped), () => Read(scored, transformed));
            double ratio = times[1] / times[0];
            int different = looped.Zip(transformed).Count(pair => !pair.First.Equals(pair.Second));
            table.Add([batch, times[0] / count, times[1] / count, ratio, different]);
            if (batch == 8)
            {
                report.BarAtMost("overhead-ratio", ratio, 1.05);
                report.BarAtMost("overhead-masks-that-differ", different, 0);
            }
        }

        report.Line($"{count} images of {width}x{height}, ResNet-18 with random weights, both in ONNX Runtime with all cores, in turns, median of {repeats}. Transform starts from MLImage, whose pixels it copies; the loop has its RgbImage at hand.");
        report.Table(["rows a batch", "core in a loop ms/image", "Transform ms/image", "ratio", "masks that differ"], table);
    }

    private static void Loop(SegmentationModel model, RgbImage[] images, LabelMap[] masks)
    {
        for (int i = 0; i < images.Length; i++)
        {
            masks[i] = model.Predict(images[i]).Labels;
        }
    }

    private static void Read(IDataView scored, LabelMap[] masks)
    {
        DataViewSchema.Column column = scored.Schema["PredictedLabel"];
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<LabelMap> read = cursor.GetGetter<LabelMap>(column);
        for (int i = 0; cursor.MoveNext(); i++)
        {
            read(ref masks[i]);
        }
    }
}
