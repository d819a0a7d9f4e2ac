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
        DataViewSchema.Column truth = RequireTruth(data.Schema, labelColumnName), predicted = RequirePredicted(data.Schema, predictedLabelColumnName);
        SegmentationClasses classes = FindClasses(truth, predicted);
        var confusion = new ConfusionMatrix(classes.Count);
        foreach (Row row in Rows(data, truth, predicted))
        {
            row.Count(() => confusion.Add(row.Maps[0], row.Maps[1]));
        }

        return confusion.ToMetrics(classes);
    }

    /// <summary>The column of true label maps.</summary>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column RequireTruth(DataViewSchema schema, string name) =>
        SchemaChecks.RequireLabelMap(schema, name, "load them with LoadFromFolders or LoadLabelMaps, or name another column in labelColumnName");

    /// <summary>The column of predicted label maps.</summary>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column RequirePredicted(DataViewSchema schema, string name) =>
        SchemaChecks.RequireLabelMap(schema, name, "pass what model.Transform gives, or name another column in predictedLabelColumnName");

    /// <summary>The label maps of some columns, row after row.</summary>
    /// <exception cref="SegmentationDataException">There is no row, or one without a label map.</exception>
    public static IEnumerable<Row> Rows(IDataView data, params DataViewSchema.Column[] columns)
    {
        string names = string.Join(" and ", columns.Select(column => $"'{column.Name}'"));
        string of = $"{(columns.Length == 1 ? "column" : "columns")} {names}";
        DataViewSchema.Column? path = data.Schema.GetColumnOrNull("ImagePath") is { Type: TextDataViewType } column ? column : null;
        using DataViewRowCursor cursor = data.GetRowCursor(path is { } needed ? [.. columns, needed] : columns);
        ValueGetter<LabelMap>[] read = [.. columns.Select(cursor.GetGetter<LabelMap>)];
        ValueGetter<ReadOnlyMemory<char>>? readPath = path is { } known ? cursor.GetGetter<ReadOnlyMemory<char>>(known) : null;
        long rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            var maps = new LabelMap[columns.Length];
            for (int i = 0; i < maps.Length; i++)
            {
                LabelMap? map = null;
                read[i](ref map!);
                maps[i] = map ?? throw new SegmentationDataException(
                    $"{RowName(rows, readPath)}: column '{columns[i].Name}' has no label map (null), expected one in every row: fill it or leave the row out.");
            }

            long number = rows;
            yield return new(maps, () => $"{RowName(number, readPath)}, {of}");
        }

        if (rows == 0)
        {
            throw new SegmentationDataException($"The data with the {of} has no rows, expected at least one to evaluate: check what was loaded or filtered away.");
        }
    }

    /// <summary>The label maps of one row.</summary>
    /// <param name="Maps">One for each column that was asked for.</param>
    /// <param name="Name">Names the row in a message, while it is the current one.</param>
    public readonly record struct Row(LabelMap[] Maps, Func<string> Name)
    {
        /// <summary>Counts pixels; a fault names the row.</summary>
        public void Count(Action count)
        {
            try
            {
                count();
            }
            catch (SegmentationDataException exception)
            {
                throw new SegmentationDataException($"{Name()}: {exception.Message}", exception);
            }
        }
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
