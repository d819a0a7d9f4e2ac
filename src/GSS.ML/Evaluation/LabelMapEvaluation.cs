using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;
using ConfusionMatrix = GSS.Core.ConfusionMatrix;

namespace GSS.ML;

/// <summary>Counts the pixels of two columns of label maps.</summary>
internal static class LabelMapEvaluation
{
    public static SegmentationMetrics Evaluate(IDataView data, string labelColumnName, string predictedLabelColumnName)
    {
        ArgumentNullException.ThrowIfNull(data);
        DataViewSchema.Column truth = SchemaChecks.RequireLabelMap(
            data.Schema, labelColumnName, "load them with LoadFromFolders or LoadLabelMaps, or name another column in labelColumnName");
        DataViewSchema.Column predicted = SchemaChecks.RequireLabelMap(
            data.Schema, predictedLabelColumnName, "pass what model.Transform gives, or name another column in predictedLabelColumnName");
        SegmentationClasses classes = FindClasses(truth, predicted);
        var confusion = new ConfusionMatrix(classes.Count);
        DataViewSchema.Column? path = data.Schema.GetColumnOrNull("ImagePath") is { Type: TextDataViewType } column ? column : null;
        using DataViewRowCursor cursor = data.GetRowCursor(path is { } needed ? [truth, predicted, needed] : [truth, predicted]);
        ValueGetter<LabelMap> readTruth = cursor.GetGetter<LabelMap>(truth), readPredicted = cursor.GetGetter<LabelMap>(predicted);
        ValueGetter<ReadOnlyMemory<char>>? readPath = path is { } known ? cursor.GetGetter<ReadOnlyMemory<char>>(known) : null;
        long rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            LabelMap? truthMap = null, predictedMap = null;
            readTruth(ref truthMap!);
            readPredicted(ref predictedMap!);
            if (truthMap is null || predictedMap is null)
            {
                throw new SegmentationDataException(
                    $"{RowName(rows, readPath)}: column '{(truthMap is null ? truth : predicted).Name}' has no label map (null), expected one in every row: fill it or leave the row out.");
            }

            try
            {
                confusion.Add(truthMap, predictedMap);
            }
            catch (SegmentationDataException exception)
            {
                throw new SegmentationDataException($"{RowName(rows, readPath)}, columns '{truth.Name}' and '{predicted.Name}': {exception.Message}", exception);
            }
        }

        return rows > 0
            ? confusion.ToMetrics(classes)
            : throw new SegmentationDataException($"The data with the columns '{truth.Name}' and '{predicted.Name}' has no rows, expected at least one to evaluate: check what was loaded or filtered away.");
    }

    private static SegmentationClasses FindClasses(DataViewSchema.Column truth, DataViewSchema.Column predicted)
    {
        SegmentationClasses? ofTruth = ColumnAnnotations.FindClasses(truth), ofPredicted = ColumnAnnotations.FindClasses(predicted);
        if (ofTruth is not null && ofPredicted is not null && !ofTruth.HasSameNames(ofPredicted))
        {
            throw new ArgumentException(
                $"Column '{truth.Name}' has the classes {ofTruth} and column '{predicted.Name}' has {ofPredicted}, expected the same class names in the same order: load the label maps with the classes that the model was trained with.");
        }

        return ofTruth ?? ofPredicted ?? throw new ArgumentException(
            $"Neither column '{truth.Name}' nor column '{predicted.Name}' says what its class ids mean (the annotation '{ColumnAnnotations.Classes}' is missing), expected it on one of them: load the label maps with LoadFromFolders, LoadFromFiles or LoadLabelMaps.");
    }

    private static string RowName(long row, ValueGetter<ReadOnlyMemory<char>>? readPath)
    {
        ReadOnlyMemory<char> path = default;
        readPath?.Invoke(ref path);
        return path.IsEmpty ? $"Row {row}" : $"Row {row} ('{path}')";
    }
}
