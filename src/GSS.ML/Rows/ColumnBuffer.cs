using System.Runtime.ExceptionServices;
using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>
/// The values of one column over some rows, each read once, while the cursor below has moved on. A value that could not be read is an error for whoever asks for it,
/// and for nobody else: no row is lost.
/// </summary>
internal abstract class ColumnBuffer(int size)
{
    private readonly ExceptionDispatchInfo?[] _errors = new ExceptionDispatchInfo?[size];

    /// <summary>Reads the current row's value into a slot.</summary>
    public void Capture(int slot)
    {
        _errors[slot] = null;
        try
        {
            Take(slot);
        }
        catch (Exception e)
        {
            _errors[slot] = ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>A <c>ValueGetter</c> that gives the value of the slot <paramref name="current"/> names.</summary>
    public Delegate Getter(Func<int> current) => GetterOf(() =>
    {
        int slot = current();
        Require(slot);
        return slot;
    });

    /// <summary>The value of a slot.</summary>
    public T Value<T>(int slot)
    {
        Require(slot);
        return ((ValueBuffer<T>)this).Values[slot];
    }

    /// <summary>The pixels of a slot of a column of images, null where there is no image.</summary>
    public virtual RgbImage? Pixels(int slot) => throw new NotSupportedException();

    /// <summary>What <see cref="IPhotographRow.FindPhotographs"/> gives for this column.</summary>
    public virtual Func<Photograph>? FindPhotographs(Func<int> current) => null;

    protected abstract void Take(int slot);

    protected abstract Delegate GetterOf(Func<int> current);

    /// <summary>Throws what reading the slot's value threw.</summary>
    protected void Require(int slot) => _errors[slot]?.Throw();

    /// <summary>A buffer that fits the column's type.</summary>
    /// <param name="row">Where values are read.</param>
    /// <param name="column">The column.</param>
    /// <param name="size">How many slots.</param>
    /// <param name="isPassedOn">Whether somebody asks for the column itself; else it is only computed from.</param>
    public static ColumnBuffer Create(DataViewRow row, DataViewSchema.Column column, int size, bool isPassedOn)
    {
        Type raw = column.Type.RawType;
        if (raw == typeof(MLImage))
        {
            return (row as IPhotographRow)?.FindPhotographs(column) is { } read ? new PhotographBuffer(read, size) : new ImageBuffer(row, column, size, isPassedOn);
        }

        Type buffer = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>) ? typeof(VectorBuffer<>).MakeGenericType(raw.GetGenericArguments())
            : typeof(ValueBuffer<>).MakeGenericType(raw);
        return (ColumnBuffer)Activator.CreateInstance(buffer, row, column, size)!;
    }

    private sealed class ValueBuffer<T>(DataViewRow row, DataViewSchema.Column column, int size) : ColumnBuffer(size)
    {
        private readonly ValueGetter<T> _read = row.GetGetter<T>(column);

        public T[] Values { get; } = new T[size];

        // A fresh variable each time: a getter may write into the object it is given.
        protected override void Take(int slot)
        {
            T value = default!;
            _read(ref value);
            Values[slot] = value;
        }

        protected override Delegate GetterOf(Func<int> current) => (ValueGetter<T>)((ref T value) => value = Values[current()]);
    }

    private sealed class VectorBuffer<T>(DataViewRow row, DataViewSchema.Column column, int size) : ColumnBuffer(size)
    {
        private readonly ValueGetter<VBuffer<T>> _read = row.GetGetter<VBuffer<T>>(column);
        private readonly VBuffer<T>[] _values = new VBuffer<T>[size];

        protected override void Take(int slot) => _read(ref _values[slot]);

        protected override Delegate GetterOf(Func<int> current) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[current()].CopyTo(ref value));
    }

    private sealed class PhotographBuffer(Func<Photograph> read, int size) : ColumnBuffer(size)
    {
        private readonly Photograph[] _values = new Photograph[size];

        public override RgbImage? Pixels(int slot)
        {
            Require(slot);
            return _values[slot].Pixels;
        }

        public override Func<Photograph> FindPhotographs(Func<int> current) => () =>
        {
            int slot = current();
            Require(slot);
            return _values[slot];
        };

        protected override void Take(int slot) => _values[slot] = read();

        protected override Delegate GetterOf(Func<int> current) => Photograph.Getter(() => _values[current()]);
    }

    // An image belongs to whoever asked for it and may be disposed by the stage above: only copies are kept and given out, as they are where the column is passed on.
    private sealed class ImageBuffer(DataViewRow row, DataViewSchema.Column column, int size, bool isPassedOn) : ColumnBuffer(size)
    {
        private readonly ValueGetter<MLImage> _read = row.GetGetter<MLImage>(column);
        private readonly ImageCopy?[] _copies = new ImageCopy?[size];
        private readonly RgbImage?[] _pixels = new RgbImage?[size];
        private MLImage? _image;

        public override RgbImage? Pixels(int slot)
        {
            Require(slot);
            return _pixels[slot] ??= _copies[slot]?.ToRgb();
        }

        protected override void Take(int slot)
        {
            _read(ref _image!);
            _copies[slot] = isPassedOn && _image is not null ? ImageCopy.Of(_image) : null;
            _pixels[slot] = isPassedOn || _image is null ? null : MLImages.ToRgb(_image);
        }

        protected override Delegate GetterOf(Func<int> current) => (ValueGetter<MLImage>)((ref MLImage image) =>
        {
            image?.Dispose();
            image = _copies[current()]?.ToImage()!;
        });
    }

    private sealed record ImageCopy(int Width, int Height, MLPixelFormat Format, string? Tag, byte[] Pixels)
    {
        public static ImageCopy Of(MLImage image) => new(image.Width, image.Height, image.PixelFormat, image.Tag, image.Pixels.ToArray());

        public RgbImage ToRgb() => MLImages.ToRgb(Width, Height, Format, Pixels);

        public MLImage ToImage()
        {
            MLImage image = MLImage.CreateFromPixels(Width, Height, Format, Pixels);
            image.Tag = Tag;
            return image;
        }
    }
}
