using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Goes over the files, or over every <paramref name="step"/>-th of them.</summary>
/// <param name="view">The view.</param>
/// <param name="active">Which columns are asked for.</param>
/// <param name="order">The files in the order of the rows; null for their own order.</param>
/// <param name="first">The first row.</param>
/// <param name="step">From one row to the next.</param>
internal sealed class SegmentationDataCursor(SegmentationDataView view, bool[] active, int[]? order, int first, int step) : DataViewRowCursor, IPhotographRow
{
    private long _position = -1;
    private bool _ended;

    public override DataViewSchema Schema => view.Schema;

    public override long Position => _position;

    // Each row is a batch of its own: whoever joins a set of cursors takes the rows in this order.
    public override long Batch => _position < 0 ? 0 : Row;

    private long Row => first + (_position * step);

    public override bool MoveNext()
    {
        _position++;
        _ended |= Row >= view.Files.Count;
        if (_ended)
        {
            _position = -1;
        }

        return !_ended;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)File(), 0);

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Getters.RequireActive(column, active);
        Delegate getter = column.Index switch
        {
            var index when index == view.ImagePathColumnIndex => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> path) => path = view.Files.Pairs[File()].ImagePath.AsMemory()),
            var index when index == view.ImageColumnIndex => Photograph.Getter(ReadImage),
            var index when index == view.LabelPathColumnIndex => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> path) => path = view.Files.Pairs[File()].LabelPath.AsMemory()),
            _ => (ValueGetter<LabelMap>)((ref LabelMap labels) => labels = LabelReader.Read(view.Files.Pairs[File()].LabelPath, view.Files.Classes)),
        };
        return Getters.Cast<TValue>(getter, column);
    }

    public Func<Photograph>? FindPhotographs(DataViewSchema.Column column) => column.Index == view.ImageColumnIndex ? ReadImage : null;

    private Photograph ReadImage()
    {
        string path = view.Files.Pairs[File()].ImagePath;
        view.CountPhotograph();
        return new Photograph(ImageReader.Read(path), path);
    }

    private int File()
    {
        Getters.RequireRow(_position);
        return order is null ? (int)Row : order[Row];
    }
}
