using GSS.Core;
using Microsoft.ML;

namespace GSS.ML;

/// <content>A look at the data before training.</content>
public sealed partial class SegmentationCatalog
{
    /// <summary>Looks over label maps before anything is trained on them: pixels and share of each class and of void, every file that cannot be used, and a sentence for each likely mistake.</summary>
    /// <remarks>
    /// <para>A trainer's <c>Fit</c> does the same: it logs the warnings and throws at the first fault. Photographs are not decoded where they lie in files: of each the header is looked at,
    /// for its size and its EXIF orientation. Of more than 2000 files so many label maps are read, evenly spread, on all processors, and of the others the headers.</para>
    /// <para>Data that is no list of files, such as rows in memory or rows that were filtered, is read once, row after row. Palettes and EXIF orientations are not known there.</para>
    /// </remarks>
    /// <param name="data">The data to be trained on, such as <c>LoadFromFolders</c> gives it. The column of label maps knows its classes.</param>
    /// <param name="imageColumnName">The column of photographs (<c>MLImage</c>).</param>
    /// <param name="labelColumnName">The column of label maps.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was found. A faulty file is listed and does not throw.</returns>
    /// <exception cref="ArgumentException">A column is missing, has the wrong type or no classes.</exception>
    /// <exception cref="SegmentationDataException">There is no row.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public LabelAuditReport Audit(IDataView data, string imageColumnName = "Image", string labelColumnName = "Label", CancellationToken cancellationToken = default) =>
        ViewAudit.Of(data, imageColumnName, labelColumnName, cancellationToken);
}
