using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Reads what a computation needs of a row, as objects of their own that stay valid after the row has gone.</summary>
internal static class ColumnReaders
{
    /// <summary>The photograph of a slot.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static RgbImage Image(ColumnBuffer buffer, DataViewSchema.Column column, int slot, long row) => buffer.Pixels(slot) ?? throw Missing(row, column, "image");

    /// <summary>The label map, the latent tokens or another immutable object of a slot.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static T Object<T>(ColumnBuffer buffer, DataViewSchema.Column column, int slot, long row)
        where T : class => buffer.Value<T?>(slot) ?? throw Missing(row, column, column.Type.ToString()!);

    private static InvalidOperationException Missing(long row, DataViewSchema.Column column, string what) =>
        new($"Column '{column.Name}' has no {what} in row {row} (null), expected one in every row: fill the column, or remove the row before this step.");
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
