using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ApplyOnnxModel;

/// <summary>An exported file in a pipeline of ML.NET: file → image → the model's size → numbers → labels.</summary>
internal static class MaskPipeline
{
    /// <summary>The class of each pixel, row by row, at the model's size.</summary>
    public static byte[] Score(ModelFile file, string photograph)
    {
        var ml = new MLContext();

        // The names 'image' and 'labels' are those of the file's input and output. Numbers stay in 0..255: normalisation is inside the file.
        var pipeline = ml.Transforms.LoadImages("photograph", imageFolder: null, nameof(Row.Path))
            .Append(ml.Transforms.ResizeImages("resized", file.Width, file.Height, "photograph", ImageResizingEstimator.ResizingKind.Fill))
            .Append(ml.Transforms.ExtractPixels(
                "image", "resized", orderOfExtraction: file.IsBlueFirst ? ImagePixelExtractingEstimator.ColorsOrder.ABGR : ImagePixelExtractingEstimator.ColorsOrder.ARGB))
            .Append(ml.Transforms.ApplyOnnxModel(["labels"], ["image"], file.Path));
        IDataView rows = ml.Data.LoadFromEnumerable([new Row { Path = Path.GetFullPath(photograph) }]);
        using var model = pipeline.Fit(rows);
        return model.Transform(rows).GetColumn<byte[]>("labels").Single();
    }

    private sealed class Row
    {
        public string Path { get; set; } = "";
    }
}
