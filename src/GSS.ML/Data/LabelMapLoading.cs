using System.Text.Json.Serialization;
using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Where label maps are loaded from and what their values mean.</summary>
internal sealed record LabelMapLoading(string OutputColumnName, string LabelFolder, string InputColumnName, SegmentationClasses Classes)
{
    public const string Advice = "name the column of the paths of the label files in inputColumnName";

    /// <summary>The column of label maps.</summary>
    [JsonIgnore]
    public IReadOnlyList<DataViewSchema.DetachedColumn> Added => [new(OutputColumnName, LabelMapDataViewType.Instance, ColumnAnnotations.Of(Classes))];

    /// <summary>The column of paths.</summary>
    /// <exception cref="ArgumentException">It is missing or is not text.</exception>
    public DataViewSchema.Column RequirePaths(DataViewSchema schema) => SchemaChecks.RequireText(schema, InputColumnName, Advice);

    /// <summary>Reads one label map.</summary>
    public LabelMap Read(string path) => LabelReader.Read(Path.Combine(LabelFolder, path), Classes);
}
