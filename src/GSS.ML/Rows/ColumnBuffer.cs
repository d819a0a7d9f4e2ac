using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>The values of one column over the rows of a batch, kept while the cursor below has moved on.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>Takes the current row's value into a slot.</summary>
    public abstract void Capture(int slot);

    /// <summary>A <c>ValueGetter</c> that gives the value of the slot <paramref name="current"/> names.</summary>
    public abstract Delegate Getter(Func<int> current);

    /// <summary>A buffer that fits the column's type.</summary>
    public static ColumnBuffer Create(DataViewRow row, DataViewSchema.Column column, int size)
    {
        Type raw = column.Type.RawType;
        Type buffer = raw == typeof(MLImage) ? typeof(ImageBuffer)
            : raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>) ? typeof(VectorBuffer<>).MakeGenericType(raw.GetGenericArguments())
            : typeof(ValueBuffer<>).MakeGenericType(raw);
        return (ColumnBuffer)Activator.CreateInstance(buffer, row, column, size)!;
    }

    private sealed class ValueBuffer<T>(DataViewRow row, DataViewSchema.Column column, int size) : ColumnBuffer
    {
        private readonly ValueGetter<T> _read = row.GetGetter<T>(column);
        private readonly T[] _values = new T[size];

        public override void Capture(int slot)
        {
            // A fresh variable each time: a getter may write into the object it is given.
            T value = default!;
            _read(ref value);
            _values[slot] = value;
        }

        public override Delegate Getter(Func<int> current) => (ValueGetter<T>)((ref T value) => value = _values[current()]);
    }

    private sealed class VectorBuffer<T>(DataViewRow row, DataViewSchema.Column column, int size) : ColumnBuffer
    {
        private readonly ValueGetter<VBuffer<T>> _read = row.GetGetter<VBuffer<T>>(column);
        private readonly VBuffer<T>[] _values = new VBuffer<T>[size];

        public override void Capture(int slot) => _read(ref _values[slot]);

        public override Delegate Getter(Func<int> current) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[current()].CopyTo(ref value));
    }

    // An image belongs to whoever asked for it and may be disposed by the stage above: only copies are kept and given out.
    private sealed class ImageBuffer(DataViewRow row, DataViewSchema.Column column, int size) : ColumnBuffer
    {
        private readonly ValueGetter<MLImage> _read = row.GetGetter<MLImage>(column);
        private readonly (int Width, int Height, MLPixelFormat Format, string? Tag, byte[] Pixels)?[] _values = new (int, int, MLPixelFormat, string?, byte[])?[size];
        private MLImage? _image;

        public override void Capture(int slot)
        {
            _read(ref _image!);
            _values[slot] = _image is null ? null : (_image.Width, _image.Height, _image.PixelFormat, _image.Tag, _image.Pixels.ToArray());
        }

        public override Delegate Getter(Func<int> current) => (ValueGetter<MLImage>)((ref MLImage image) =>
        {
            image?.Dispose();
            image = null!;
            if (_values[current()] is var (width, height, format, tag, pixels))
            {
                image = MLImage.CreateFromPixels(width, height, format, pixels);
                image.Tag = tag;
            }
        });
    }
}
