using System.Globalization;
using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Looks over what a trainer would read of a view.</summary>
internal static class ViewAudit
{
    public static LabelAuditReport Of(IDataView data, string imageColumnName, string labelColumnName, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        DataViewSchema.Column image = SchemaChecks.RequireImage(data.Schema, imageColumnName, "load them with LoadFromFolders or with ML.NET's LoadImages, or name another column in imageColumnName");
        DataViewSchema.Column labels = SchemaChecks.RequireLabelMap(data.Schema, labelColumnName, "load them with LoadFromFolders or LoadLabelMaps, or name another column in labelColumnName");
        SegmentationClasses classes = ColumnAnnotations.RequireClasses(labels);
        LabelAudit audit = ViewSamples.FindFiles(data, image.Index, labels.Index) is { } files
            ? LabelAudit.OfFiles(files, cancellationToken: cancellationToken)
            : LabelAudit.OfRows(Rows(data, image, labels, cancellationToken), classes);
        return audit.Total > 0 ? new(audit) : throw ViewSamples.NoRows(imageColumnName);
    }

    private static IEnumerable<(string Name, Func<LabelMap> Read)> Rows(IDataView data, DataViewSchema.Column image, DataViewSchema.Column labels, CancellationToken cancellationToken)
    {
        int row = 0;
        foreach (Func<(RgbImage Image, LabelMap Labels)> read in ViewSamples.RowReaders(data, image, labels))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = string.Create(CultureInfo.InvariantCulture, $"row {row++}");
            yield return (name, () => Read(read, $"{name} of the columns '{image.Name}' and '{labels.Name}'"));
        }
    }

    private static LabelMap Read(Func<(RgbImage Image, LabelMap Labels)> read, string description)
    {
        try
        {
            (RgbImage image, LabelMap labels) = read();
            SpooledSamples.RequireOneSize(image, labels, description);
            return labels;
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or IOException)
        {
            // A value is missing, or ML.NET could not load a picture.
            throw new SegmentationDataException(fault.Message, fault);
        }
    }
}
