using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>The samples of a view for training: by random access where the view's columns come from files of ours, else through a temporary file.</summary>
internal sealed class ViewSamples : IDisposable
{
    private readonly IDisposable? _owned;

    private ViewSamples(ISegmentationSamples samples, int? shortSide, IDisposable? owned)
    {
        AsGiven = samples;
        Samples = shortSide is { } side ? new ResizedSamples(samples, side) : samples;
        _owned = owned;
    }

    /// <summary>The samples at the size they are trained or validated at.</summary>
    public ISegmentationSamples Samples { get; }

    /// <summary>The samples at their own size.</summary>
    public ISegmentationSamples AsGiven { get; }

    /// <summary>Finds or copies the samples.</summary>
    /// <param name="view">The data.</param>
    /// <param name="imageColumn">A column of <c>MLImage</c>.</param>
    /// <param name="labelColumn">A column of label maps.</param>
    /// <param name="shortSide">The size to bring them to, or null.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="SegmentationDataException">There is no row, or one that cannot be used.</exception>
    public static ViewSamples Of(IDataView view, string imageColumn, string labelColumn, int? shortSide, CancellationToken cancellationToken)
    {
        DataViewSchema.Column image = view.Schema[imageColumn], labels = view.Schema[labelColumn];
        if (FindFiles(view, image.Index, labels.Index) is { } files)
        {
            files.CheckSizes(cancellationToken);
            return new(RequireRows(files, imageColumn), shortSide, owned: null);
        }

        var spooled = SpooledSamples.Read(RowReaders(view, image, labels).Select(read => read()), $"the columns '{imageColumn}' and '{labelColumn}'", cancellationToken);
        try
        {
            return new(RequireRows(spooled, imageColumn), shortSide, spooled);
        }
        catch
        {
            spooled.Dispose();
            throw;
        }
    }

    /// <summary>Finds or copies label maps alone; where photographs would stand, <see cref="Samples"/> has whatever lies beside the files, or black.</summary>
    /// <param name="view">The data.</param>
    /// <param name="labelColumn">A column of label maps.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="SegmentationDataException">There is no row, or one that cannot be used.</exception>
    public static ViewSamples OfLabels(IDataView view, string labelColumn, CancellationToken cancellationToken)
    {
        DataViewSchema.Column labels = view.Schema[labelColumn];
        if (FindFiles(view, null, labels.Index) is { } files)
        {
            return new(RequireRows(files, labelColumn), null, owned: null);
        }

        var spooled = SpooledSamples.Read(LabelRows(view, labels), $"the column '{labelColumn}'", cancellationToken);
        try
        {
            return new(RequireRows(spooled, labelColumn), null, spooled);
        }
        catch
        {
            spooled.Dispose();
            throw;
        }
    }

    /// <summary>What is thrown where there is nothing to read.</summary>
    public static SegmentationDataException NoRows(string column) =>
        new($"The data with the column '{column}' has no rows, expected at least one image with its label map: check what was loaded or filtered away.");

    /// <summary>Follows both columns, or that of label maps alone, down through transformers of ours that pass them on unchanged.</summary>
    public static SegmentationFiles? FindFiles(IDataView view, int? image, int labels)
    {
        while (view is IMappedView mapped && (image ?? 0) < mapped.PassedColumnCount && labels < mapped.PassedColumnCount)
        {
            view = mapped.Source;
        }

        return view is SegmentationDataView ours && (image ?? ours.ImageColumnIndex) == ours.ImageColumnIndex && labels == ours.LabelColumnIndex ? ours.Files : null;
    }

    private static IEnumerable<(RgbImage Image, LabelMap Labels)> LabelRows(IDataView view, DataViewSchema.Column labels)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([labels]);
        ColumnBuffer maps = ColumnBuffer.Create(cursor, labels, size: 1, isPassedOn: false);
        while (cursor.MoveNext())
        {
            maps.Capture(0);
            LabelMap map = ColumnReaders.Object<LabelMap>(maps, labels, 0, cursor.Position);
            yield return (new RgbImage(map.Width, map.Height), map);
        }
    }

    /// <summary>Of every row what reads its image and its label map, while it is the current one.</summary>
    public static IEnumerable<Func<(RgbImage Image, LabelMap Labels)>> RowReaders(IDataView view, DataViewSchema.Column image, DataViewSchema.Column labels)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([image, labels]);
        ColumnBuffer images = ColumnBuffer.Create(cursor, image, size: 1, isPassedOn: false), maps = ColumnBuffer.Create(cursor, labels, size: 1, isPassedOn: false);
        while (cursor.MoveNext())
        {
            images.Capture(0);
            maps.Capture(0);
            yield return () => (ColumnReaders.Image(images, image, 0, cursor.Position), ColumnReaders.Object<LabelMap>(maps, labels, 0, cursor.Position));
        }
    }

    public void Dispose() => _owned?.Dispose();

    private static T RequireRows<T>(T samples, string column)
        where T : ISegmentationSamples =>
        samples.Count > 0 ? samples : throw NoRows(column);
}
