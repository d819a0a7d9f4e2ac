using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace GSS.ML;

/// <summary>Schema shapes: what estimators know of a schema before there is data.</summary>
internal static class SchemaShapes
{
    /// <summary>Stands for the classes that only the data will tell: shapes say which annotations there are, not what they hold.</summary>
    public static SegmentationClasses AnyClasses { get; } = new("any", ["any"]);

    /// <summary>The shape with columns added; one of the same name is replaced, as its column would be hidden.</summary>
    public static SchemaShape Add(SchemaShape input, params IEnumerable<DataViewSchema.DetachedColumn> added)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(added);
        SchemaShape shape = Of(builder.ToSchema());
        return new SchemaShape([.. input.Where(column => shape.All(other => other.Name != column.Name)), .. shape]);
    }

    /// <summary>The shape of a schema.</summary>
    public static SchemaShape Of(DataViewSchema schema) => SavedModel.ShapeOf(schema);

    /// <summary>Checks that a column is there and holds what is expected.</summary>
    /// <param name="shape">The schema's shape.</param>
    /// <param name="name">The column.</param>
    /// <param name="fits">Whether a type will do.</param>
    /// <param name="expected">What is expected, for the message.</param>
    /// <param name="advice">How to get it, for the message.</param>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static void Require(SchemaShape shape, string name, Func<DataViewType, bool> fits, string expected, string advice)
    {
        ArgumentNullException.ThrowIfNull(shape);
        SchemaShape.Column[] found = [.. shape.Where(column => column.Name == name)];
        if (found.Length == 0)
        {
            throw new ArgumentException($"Column '{name}' was not found, expected one of type {expected} (there are: {string.Join(", ", shape.Select(column => column.Name))}): {advice}.");
        }

        SchemaShape.Column column = found[^1];
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || !fits(column.ItemType))
        {
            string type = column.Kind == SchemaShape.Column.VectorKind.Scalar ? $"{column.ItemType}" : $"vector of {column.ItemType}";
            throw new ArgumentException($"Column '{name}' is of type {type}, expected {expected}: {advice}.");
        }
    }

    /// <summary>Requires a column of images.</summary>
    public static void RequireImage(SchemaShape shape, string name) =>
        Require(shape, name, type => type is ImageDataViewType, "Image (MLImage)", "load it with LoadFromFolders or ML.NET's LoadImages, and name it in ImageColumnName");

    /// <summary>Requires a column of label maps.</summary>
    public static void RequireLabelMap(SchemaShape shape, string name) =>
        Require(shape, name, type => type is LabelMapDataViewType, "LabelMap", "load it with LoadFromFolders or LoadLabelMaps (pictures would lose class ids), and name it in LabelColumnName");
}
