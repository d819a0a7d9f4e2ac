using GSS.Core;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>Semantic segmentation for one <c>MLContext</c>: loading data, trainers, transforms, evaluation.</summary>
public sealed partial class SegmentationCatalog
{
    internal SegmentationCatalog(MLContext context)
    {
        Context = context;
        Trainers = new SegmentationTrainers(context);
        Transforms = new SegmentationTransforms(context);
    }

    /// <summary>The trainers.</summary>
    public SegmentationTrainers Trainers { get; }

    /// <summary>Estimators for the steps around training.</summary>
    public SegmentationTransforms Transforms { get; }

    internal MLContext Context { get; }

    /// <summary>
    /// Photographs and label maps of two folders, paired by stem: <c>images/a/1.jpg</c> with <c>labels/a/1.png</c>, subfolders included, in ordinal order of the stems.
    /// </summary>
    /// <remarks>
    /// The trainers shuffle by themselves. ML.NET's own <c>ShuffleRows</c> and <c>Cache</c> keep columns of plain values only, the paths among them:
    /// after these, load photographs with <c>LoadImages</c> and label maps with <see cref="SegmentationTransforms.LoadLabelMaps"/>.
    /// </remarks>
    /// <param name="images">The folder of photographs: .jpg, .jpeg, .png, .webp or .bmp.</param>
    /// <param name="labels">The folder of label maps: .png.</param>
    /// <param name="classes">What the values in the label files mean.</param>
    /// <param name="options">How files are paired in a data set's own layout: suffixes, a split list, only those with a label map. By default the stems are the same.</param>
    /// <returns>
    /// A lazy view with the columns <c>ImagePath</c> (text), <c>Image</c> (<c>MLImage</c>, upright as its EXIF orientation says), <c>LabelPath</c> (text)
    /// and <c>Label</c> (<see cref="LabelMap"/>). A file is opened only when its column is read.
    /// </returns>
    /// <exception cref="SegmentationDataException">A folder is missing or empty, or a file has no partner. While rows are read: a file cannot be used.</exception>
    public IDataView LoadFromFolders(string images, string labels, SegmentationClasses classes, FolderOptions? options = null) =>
        new SegmentationDataView(SegmentationFiles.FromFolders(images, labels, classes, options ?? new FolderOptions()));

    /// <summary>Photographs and label maps given as pairs of paths, in their order.</summary>
    /// <param name="pairs">The path of each photograph and of its label map.</param>
    /// <param name="classes">What the values in the label files mean.</param>
    /// <returns>A lazy view with the same columns as that of <see cref="LoadFromFolders"/>.</returns>
    /// <exception cref="SegmentationDataException">There is no pair, or a file does not exist. While rows are read: a file cannot be used.</exception>
    public IDataView LoadFromFiles(IEnumerable<(string ImagePath, string LabelPath)> pairs, SegmentationClasses classes) =>
        new SegmentationDataView(SegmentationFiles.FromPairs(pairs, classes));

    /// <summary>Photographs and label maps in memory, for training and evaluation; what <c>mlContext.Data.LoadFromEnumerable</c> gives, with classes.</summary>
    /// <remarks>
    /// Training reads the rows once, front to back, into a temporary file, and shuffles them by itself. ML.NET's <c>Cache</c> and <c>ShuffleRows</c> are not needed:
    /// they leave out images and label maps.
    /// </remarks>
    /// <typeparam name="TRow">
    /// <see cref="SegmentationSample"/>, or a class of yours: images with <c>[MLImageType]</c>, label maps with <c>[LabelMapType]</c>, and other columns as you like.
    /// </typeparam>
    /// <param name="rows">The rows; gone over once for each time that the view is read.</param>
    /// <param name="classes">What the class ids of the label maps mean.</param>
    /// <returns>A view with the columns of the rows; every column of label maps knows its classes. Where the rows hold nothing else, a column <c>Row</c> with their numbers is added.</returns>
    /// <exception cref="ArgumentException">The rows have no column of label maps.</exception>
    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> rows, SegmentationClasses classes)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(classes);
        return InMemoryRows.Attach<TRow>(Context.Data.LoadFromEnumerable(rows), classes);
    }
}
