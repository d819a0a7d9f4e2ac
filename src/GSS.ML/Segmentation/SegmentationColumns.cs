using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace GSS.ML;

/// <summary>The columns that a trained model reads and adds; null for what is not wanted.</summary>
internal sealed record SegmentationColumns(string Image, string PredictedLabel, string? Maskige, string? Confidence, int BatchSize)
{
    /// <summary>The added columns in their order.</summary>
    public IReadOnlyList<DataViewSchema.DetachedColumn> Added(SegmentationClasses classes)
    {
        var added = new List<DataViewSchema.DetachedColumn> { new(PredictedLabel, LabelMapDataViewType.Instance, ColumnAnnotations.Of(classes)) };
        if (Maskige is not null)
        {
            added.Add(new(Maskige, AnyImage.Type));
        }

        if (Confidence is not null)
        {
            added.Add(new(Confidence, new VectorDataViewType(NumberDataViewType.Single)));
        }

        return added;
    }
}
