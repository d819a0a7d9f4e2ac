using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>What a column of label maps knows of its classes, so that every step after it can know it too.</summary>
internal static class ColumnAnnotations
{
    /// <summary>Annotation: the class names, a vector of K texts. ML.NET's own name for the names of keys.</summary>
    public const string KeyValues = "KeyValues";

    /// <summary>Annotation: the display colours, a vector of K × 3 bytes, RGB.</summary>
    public const string ClassColors = "ClassColors";

    /// <summary>Annotation: everything about the classes, as <see cref="SegmentationClasses.ToJson"/> writes it, text.</summary>
    public const string Classes = "SegmentationClasses";

    /// <summary>The annotations of a column of label maps.</summary>
    public static DataViewSchema.Annotations Of(SegmentationClasses classes)
    {
        ReadOnlyMemory<char>[] names = [.. classes.Names.Select(name => name.AsMemory())];
        byte[] colors = [.. classes.Colors.SelectMany(color => new[] { color.R, color.G, color.B })];
        ReadOnlyMemory<char> json = classes.ToJson().AsMemory();
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(KeyValues, new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> value) => Copy(names, ref value));
        builder.Add(ClassColors, new VectorDataViewType(NumberDataViewType.Byte, names.Length, 3), (ref VBuffer<byte> value) => Copy(colors, ref value));
        builder.Add(Classes, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = json);
        return builder.ToAnnotations();
    }

    /// <summary>The classes of a column, or null where it does not know them.</summary>
    public static SegmentationClasses? FindClasses(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(Classes)?.Type is not TextDataViewType)
        {
            return null;
        }

        ReadOnlyMemory<char> json = default;
        column.Annotations.GetValue(Classes, ref json);
        return SegmentationClasses.FromJson(json.ToString(), $"annotation {Classes} of column {column.Name}");
    }

    /// <summary>The classes of a column.</summary>
    /// <exception cref="ArgumentException">It does not know them.</exception>
    public static SegmentationClasses RequireClasses(DataViewSchema.Column column) =>
        FindClasses(column) ?? throw new ArgumentException(
            $"Column '{column.Name}' does not say what its class ids mean (the annotation '{Classes}' is missing), expected the classes with it: load the label maps with LoadFromFolders, LoadFromFiles, LoadFromEnumerable (of Segmentation()) or LoadLabelMaps, or name the classes with Transforms.AttachClasses.");

    private static void Copy<T>(T[] values, ref VBuffer<T> target)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref target, values.Length);
        values.CopyTo(editor.Values);
        target = editor.Commit();
    }
}
