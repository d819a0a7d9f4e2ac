using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>What gives predicted label maps, maskiges and confidences, bound to a schema.</summary>
internal abstract class ResultMapping<TInput>(DataViewSchema schema, DataViewSchema.Column input, SegmentationColumns columns, SegmentationClasses classes)
    : RowMapping<TInput, SegmentationResult>(schema, [input], columns.Added(classes), columns.BatchSize)
{
    public sealed override IReadOnlyList<SegmentationResult> Compute(IReadOnlyList<TInput> inputs, bool[] active)
    {
        SegmentationOutputs outputs = SegmentationOutputs.Labels;
        for (int added = 0; added < AddedCount; added++)
        {
            outputs |= active[added] ? OutputOf(added) : SegmentationOutputs.Labels;
        }

        return Compute(inputs, outputs);
    }

    public sealed override Delegate Getter(int added, Func<SegmentationResult> current) => OutputOf(added) switch
    {
        SegmentationOutputs.Maskige => ColumnWriters.Image(() => current().Maskige!),
        SegmentationOutputs.Confidence => ColumnWriters.Vector(() => current().Confidence!),
        _ => (ValueGetter<LabelMap>)((ref LabelMap value) => value = current().Labels),
    };

    protected abstract IReadOnlyList<SegmentationResult> Compute(IReadOnlyList<TInput> inputs, SegmentationOutputs outputs);

    private SegmentationOutputs OutputOf(int added)
    {
        string name = OutputSchema[InputSchema.Count + added].Name;
        return name == columns.Maskige ? SegmentationOutputs.Maskige : name == columns.Confidence ? SegmentationOutputs.Confidence : SegmentationOutputs.Labels;
    }
}

/// <summary>A trained model bound to a schema.</summary>
internal sealed class SegmentationMapping(DataViewSchema schema, SegmentationModel model, SegmentationColumns columns)
    : ResultMapping<RgbImage>(schema, SchemaChecks.RequireImage(schema, columns.Image), columns, model.Manifest.Classes)
{
    public override RgbImage Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) => ColumnReaders.Image(inputs[0], Inputs[0], slot, row);

    public override IDisposable? Hold() => model.Hold();

    protected override IReadOnlyList<SegmentationResult> Compute(IReadOnlyList<RgbImage> inputs, SegmentationOutputs outputs) => model.Predict(inputs, outputs);
}
