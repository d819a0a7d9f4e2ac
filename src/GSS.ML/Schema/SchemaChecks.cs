using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace GSS.ML;

/// <summary>Finds columns by name and checks what they hold; the messages name column, found and expected.</summary>
internal static class SchemaChecks
{
    private const string ImageAdvice = "load them with LoadFromFolders or with ML.NET's LoadImages, or name another column in ImageColumnName";

    /// <summary>A column of photographs.</summary>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column RequireImage(DataViewSchema schema, string name) => RequireImage(schema, name, ImageAdvice);

    /// <summary>The same with advice of one's own.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column.</param>
    /// <param name="advice">How to get such a column.</param>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column RequireImage(DataViewSchema schema, string name, string advice)
    {
        DataViewSchema.Column column = Require(schema, name, "images (MLImage)", advice);
        return column.Type is ImageDataViewType
            ? column
            : throw new ArgumentException($"Column '{name}' is of type {column.Type}, expected images (MLImage): {advice}.");
    }

    /// <summary>A column of label maps. One of pictures is refused.</summary>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column RequireLabelMap(DataViewSchema schema, string name) =>
        RequireLabelMap(schema, name, "load them with LoadFromFolders or LoadLabelMaps, or name another column in LabelColumnName");

    /// <summary>The same with advice of one's own.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column.</param>
    /// <param name="advice">How to get such a column.</param>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column RequireLabelMap(DataViewSchema schema, string name, string advice)
    {
        DataViewSchema.Column column = Require(schema, name, "label maps (LabelMap)", advice);
        return column.Type switch
        {
            LabelMapDataViewType => column,
            ImageDataViewType => throw new ArgumentException($"Column '{name}' holds pictures (MLImage), expected label maps (LabelMap): {PicturesRefused}."),
            _ => throw new ArgumentException($"Column '{name}' is of type {column.Type}, expected label maps (LabelMap): {advice}."),
        };
    }

    /// <summary>A column of text.</summary>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column RequireText(DataViewSchema schema, string name, string advice)
    {
        DataViewSchema.Column column = Require(schema, name, "text", advice);
        return column.Type is TextDataViewType ? column : throw new ArgumentException($"Column '{name}' is of type {column.Type}, expected text: {advice}.");
    }

    /// <summary>Why a label column must not hold pictures, and what to use.</summary>
    public const string PicturesRefused =
        "a label map is never a picture, because decoding, resizing and alpha change class ids without a word; load it from its path with Transforms.LoadLabelMaps, or with LoadFromFolders";

    // The last column of a name is the visible one.
    private static DataViewSchema.Column Require(DataViewSchema schema, string name, string expected, string advice)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (schema.GetColumnOrNull(name) is { } column)
        {
            return column;
        }

        // Views of ours have images and label maps: where both are gone, one of these two was at work.
        DataViewSchema.Column[] visible = [.. schema.Where(column => !column.IsHidden)];
        string found = string.Join(", ", visible.Select(column => column.Name));
        string mend = expected == "text" || visible.Any(column => column.Type is ImageDataViewType or LabelMapDataViewType) ? advice
            : $"{advice}; or leave out ML.NET's Cache and ShuffleRows, which drop images and label maps (trainers shuffle by themselves and keep decoded photographs in memory)";
        throw new ArgumentException($"Column '{name}' was not found (there are: {found}), expected a column of {expected}: {mend}.");
    }
}
