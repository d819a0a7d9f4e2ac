using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Adds a column of label maps that are read from the paths in a text column. Made by <see cref="LabelMapLoader"/>.</summary>
/// <remarks>
/// A file is opened when its label map is read, and not before. Data without the column of paths passes through unchanged, so a chain that was trained with labels
/// scores photographs alone. Folder and classes are saved with the model. Thread-safe.
/// </remarks>
public sealed class LabelMapLoadingTransformer : RowTransformer
{
    internal const string SavedKind = "LabelMapLoading";

    private const int SavedVersion = 1;

    private readonly LabelMapLoading _loading;

    internal LabelMapLoadingTransformer(LabelMapLoading loading) => _loading = loading;

    /// <summary>What the values in the label files mean.</summary>
    public SegmentationClasses Classes => _loading.Classes;

    /// <summary>The folder that paths start at; empty where they start at the current folder.</summary>
    public string LabelFolder => _loading.LabelFolder;

    private protected override string Kind => SavedKind;

    internal static LabelMapLoadingTransformer Read(Stream payload) =>
        ModelPayload.Read(payload, "label map loader", SavedVersion, saved => new LabelMapLoadingTransformer(saved.Record<LabelMapLoading>()));

    private protected override void WritePayload(Stream stream) => ModelPayload.Write(stream, SavedVersion, _loading);

    private protected override IBoundMapping Bind(DataViewSchema inputSchema) =>
        inputSchema.GetColumnOrNull(_loading.InputColumnName) is null ? new UnchangedMapping(inputSchema) : new Mapping(inputSchema, _loading);

    private sealed class Mapping(DataViewSchema schema, LabelMapLoading loading) : RowMapping<string, LabelMap>(schema, [loading.RequirePaths(schema)], loading.Added, 1)
    {
        public override string Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) =>
            inputs[0].Value<ReadOnlyMemory<char>>(slot) is { } path && !path.Span.IsWhiteSpace()
                ? path.ToString()
                : throw new SegmentationDataException($"Column '{Inputs[0].Name}' is empty in row {row}, expected the path of a label file: fill it or leave the row out.");

        public override IReadOnlyList<LabelMap> Compute(IReadOnlyList<string> inputs, bool[] active) => [.. inputs.Select(loading.Read)];

        public override Delegate Getter(int added, Func<LabelMap> current) => (ValueGetter<LabelMap>)((ref LabelMap value) => value = current());
    }
}
