using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Reads what a computation needs of a row, as objects of their own that stay valid after the row has gone.</summary>
internal static class ColumnReaders
{
    /// <summary>A photograph; its pixels are copied at once, as the stage above may dispose the image.</summary>
    public static Func<RgbImage> Image(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<MLImage> read = row.GetGetter<MLImage>(column);
        MLImage image = null!;
        return () =>
        {
            read(ref image);
            return image is null ? throw Missing(row, column, "image") : MLImages.ToRgb(image);
        };
    }

    /// <summary>A label map, latent tokens or another immutable object.</summary>
    public static Func<T> Object<T>(DataViewRow row, DataViewSchema.Column column)
        where T : class
    {
        ValueGetter<T> read = row.GetGetter<T>(column);
        return () =>
        {
            T value = null!;
            read(ref value);
            return value ?? throw Missing(row, column, column.Type.ToString()!);
        };
    }

    private static InvalidOperationException Missing(DataViewRow row, DataViewSchema.Column column, string what) =>
        new($"Column '{column.Name}' has no {what} in row {Math.Max(0, row.Position)} (null), expected one in every row: fill the column, or remove the row before this step.");
}

/// <summary>Getters of added columns.</summary>
internal static class ColumnWriters
{
    /// <summary>A new image for each call; the one before is disposed, as ML.NET's own transformers do.</summary>
    public static ValueGetter<MLImage> Image(Func<RgbImage> current) => (ref MLImage image) =>
    {
        RgbImage pixels = current();
        image?.Dispose();
        image = MLImages.FromRgb(pixels);
    };

    /// <summary>A vector in the caller's buffer.</summary>
    public static ValueGetter<VBuffer<float>> Vector(Func<float[]> current) => (ref VBuffer<float> value) =>
    {
        float[] numbers = current();
        VBufferEditor<float> editor = VBufferEditor.Create(ref value, numbers.Length);
        numbers.CopyTo(editor.Values);
        value = editor.Commit();
    };
}
