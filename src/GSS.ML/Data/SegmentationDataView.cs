using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace GSS.ML;

/// <summary>Photographs and label maps in files as a view; a file is opened when its column is read, and not before. Thread-safe.</summary>
internal sealed class SegmentationDataView : IDataView
{
    private long _photographsRead;

    public SegmentationDataView(SegmentationFiles files)
    {
        Files = files;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("ImagePath", TextDataViewType.Instance);
        builder.AddColumn("Image", AnyImage.Type);
        builder.AddColumn("LabelPath", TextDataViewType.Instance);
        builder.AddColumn("Label", LabelMapDataViewType.Instance, ColumnAnnotations.Of(files.Classes));
        Schema = builder.ToSchema();
    }

    /// <summary>The files, for random access.</summary>
    public SegmentationFiles Files { get; }

    /// <summary>How many photographs were decoded so far, for the tests that hold it down.</summary>
    public long PhotographsRead => Interlocked.Read(ref _photographsRead);

    public int ImagePathColumnIndex => 0;

    public int ImageColumnIndex => 1;

    public int LabelPathColumnIndex => 2;

    public int LabelColumnIndex => 3;

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => Files.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new SegmentationDataCursor(this, Getters.ActiveOf(Schema, columnsNeeded), Order(rand), first: 0, step: 1);

    // Each cursor takes every n-th row, so that decoding runs on n threads and the rows can be put together in order.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        int count = Math.Clamp(n, 1, Files.Count);
        bool[] active = Getters.ActiveOf(Schema, columnsNeeded);
        int[]? order = Order(rand);
        return [.. Enumerable.Range(0, count).Select(first => new SegmentationDataCursor(this, active, order, first, count))];
    }

    /// <summary>To be called before a photograph is decoded.</summary>
    public void CountPhotograph() => Interlocked.Increment(ref _photographsRead);

    private int[]? Order(Random? random)
    {
        if (random is null)
        {
            return null;
        }

        int[] order = [.. Enumerable.Range(0, Files.Count)];
        random.Shuffle(order);
        return order;
    }
}
