using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>A photograph with its label map, in memory: a row for <c>mlContext.Segmentation().LoadFromEnumerable(…)</c>.</summary>
public sealed class SegmentationSample
{
    /// <summary>Gets or sets the photograph; see <see cref="MLImages"/>. Whoever made it disposes it, when nobody reads the rows any more.</summary>
    [MLImageType]
    public MLImage? Image { get; set; }

    /// <summary>Gets or sets the label map, of the photograph's size.</summary>
    [LabelMapType]
    public LabelMap? Label { get; set; }
}

/// <summary>Rows of classes as a view whose label maps know their classes.</summary>
internal static class InMemoryRows
{
    /// <summary>The column that is added where there are only images and label maps.</summary>
    public const string RowColumnName = "Row";

    /// <summary>Attaches the classes to every column of label maps.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static IDataView Attach<T>(IDataView view, SegmentationClasses classes)
    {
        string[] labels = [.. view.Schema.Where(column => column.Type is LabelMapDataViewType).Select(column => column.Name)];
        if (labels.Length == 0)
        {
            throw new ArgumentException(
                $"The rows of type {typeof(T).Name} have no label maps (there are: {string.Join(", ", view.Schema.Select(column => column.Name))}), expected at least one property of type LabelMap with [LabelMapType]: add the attribute, or use rows of SegmentationSample.");
        }

        foreach (string label in labels)
        {
            view = new ClassAttachingTransformer(new AttachedClasses(label, classes)).Transform(view);
        }

        return view.Schema.All(column => column.Type is LabelMapDataViewType or Microsoft.ML.Transforms.Image.ImageDataViewType) ? new RowNumbers(view.Schema).View(view) : view;
    }

    // ML.NET's Cache and ShuffleRows leave out images and label maps, and throw a sentence that nobody understands where nothing is left.
    private sealed class RowNumbers(DataViewSchema schema) : RowMapping<long, long>(schema, [], [new(RowColumnName, NumberDataViewType.Int64)], 1)
    {
        public override long Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) => row;

        public override IReadOnlyList<long> Compute(IReadOnlyList<long> inputs, bool[] active) => inputs;

        public override Delegate Getter(int added, Func<long> current) => (ValueGetter<long>)((ref long value) => value = current());
    }
}
