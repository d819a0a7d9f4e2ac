using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>
/// Tells a column of label maps what its class ids mean, as <c>LoadFromFolders</c> and <c>LoadLabelMaps</c> do by themselves: for label maps that an application made,
/// in rows in memory or in a step of its own. Made by <see cref="SegmentationTransforms.AttachClasses"/>.
/// </summary>
public sealed class ClassAttacher : IEstimator<ClassAttachingTransformer>
{
    private readonly AttachedClasses _attached;

    internal ClassAttacher(AttachedClasses attached) => _attached = attached;

    /// <summary>Learns nothing: checks the column and makes the transformer.</summary>
    /// <param name="input">The data with the column of label maps.</param>
    /// <exception cref="ArgumentException">The column is missing or does not hold label maps.</exception>
    public ClassAttachingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        SchemaChecks.RequireLabelMap(input.Schema, _attached.LabelColumnName);
        return new ClassAttachingTransformer(_attached);
    }

    /// <summary>The shape of the input with the classes at the column of label maps.</summary>
    /// <param name="inputSchema">The shape of the input.</param>
    /// <exception cref="ArgumentException">The column is missing or does not hold label maps.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShapes.RequireLabelMap(inputSchema, _attached.LabelColumnName);
        return SchemaShapes.Add(inputSchema, _attached.Added());
    }
}

/// <summary>Tells a column of label maps what its class ids mean. Made by <see cref="ClassAttacher"/>.</summary>
/// <remarks>
/// A label map whose ids are out of range is an error when it is read. Data without the column passes through unchanged, so a chain that was trained with labels
/// scores photographs alone. The classes are saved with the model. Thread-safe.
/// </remarks>
public sealed class ClassAttachingTransformer : RowTransformer
{
    internal const string SavedKind = "ClassAttaching";

    private const int SavedVersion = 1;

    private readonly AttachedClasses _attached;

    internal ClassAttachingTransformer(AttachedClasses attached) => _attached = attached;

    /// <summary>The classes.</summary>
    public SegmentationClasses Classes => _attached.Classes;

    private protected override string Kind => SavedKind;

    internal static ClassAttachingTransformer Read(Stream payload) =>
        ModelPayload.Read(payload, "classes of a label column", SavedVersion, saved => new ClassAttachingTransformer(saved.Record<AttachedClasses>()));

    private protected override void WritePayload(Stream stream) => ModelPayload.Write(stream, SavedVersion, _attached);

    private protected override IBoundMapping Bind(DataViewSchema inputSchema) =>
        inputSchema.GetColumnOrNull(_attached.LabelColumnName) is null ? new UnchangedMapping(inputSchema) : new Mapping(inputSchema, _attached);

    private sealed class Mapping(DataViewSchema schema, AttachedClasses attached)
        : RowMapping<(LabelMap Labels, long Row), LabelMap>(schema, [SchemaChecks.RequireLabelMap(schema, attached.LabelColumnName)], attached.Added(), 1)
    {
        public override (LabelMap Labels, long Row) Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) => (ColumnReaders.Object<LabelMap>(inputs[0], Inputs[0], slot, row), row);

        public override IReadOnlyList<LabelMap> Compute(IReadOnlyList<(LabelMap Labels, long Row)> inputs, bool[] active) => [.. inputs.Select(input => attached.Check(input.Labels, input.Row))];

        public override Delegate Getter(int added, Func<LabelMap> current) => (ValueGetter<LabelMap>)((ref LabelMap value) => value = current());
    }
}

/// <summary>Which column has which classes.</summary>
internal sealed record AttachedClasses(string LabelColumnName, SegmentationClasses Classes)
{
    /// <summary>The column, in place of the one without classes.</summary>
    public IReadOnlyList<DataViewSchema.DetachedColumn> Added() => [new(LabelColumnName, LabelMapDataViewType.Instance, ColumnAnnotations.Of(Classes))];

    /// <summary>Gives the label map back, once its ids are known to be those of classes.</summary>
    /// <exception cref="SegmentationDataException">One is not.</exception>
    public LabelMap Check(LabelMap labels, long row)
    {
        int wrong = labels.Ids.IndexOfAnyInRange((byte)Classes.Count, (byte)(LabelMap.Void - 1));
        return wrong < 0 ? labels : throw new SegmentationDataException(
            $"The label map in row {row} of column '{LabelColumnName}' has the class id {labels.Ids[wrong]} at ({wrong % labels.Width}, {wrong / labels.Width}), '{Classes.Name}' has the classes 0 to {Classes.Count - 1} and {LabelMap.Void} for void: make the label map with these ids, or name the classes that it has.");
    }
}
