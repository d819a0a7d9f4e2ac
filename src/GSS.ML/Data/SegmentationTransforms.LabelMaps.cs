using GSS.Core;

namespace GSS.ML;

/// <content>Loading label maps in a pipeline.</content>
public sealed partial class SegmentationTransforms
{
    /// <summary>
    /// Label maps from the paths in a text column, read by <see cref="LabelReader"/> so that every class id stays as it is. The way to load labels beside ML.NET's own
    /// <c>LoadImages</c>, which is for photographs only.
    /// </summary>
    /// <param name="outputColumnName">The column of label maps that is added.</param>
    /// <param name="labelFolder">The folder that relative paths start at; null or empty: the current folder. Saved with the model as it is given.</param>
    /// <param name="inputColumnName">The text column of paths; by default the output column's name, whose place the label maps take.</param>
    /// <param name="classes">What the values in the label files mean.</param>
    /// <exception cref="ArgumentException">A column name is empty, or classes are missing.</exception>
    public LabelMapLoader LoadLabelMaps(string outputColumnName, string? labelFolder, string? inputColumnName, SegmentationClasses classes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentNullException.ThrowIfNull(classes);
        return new LabelMapLoader(new LabelMapLoading(outputColumnName, labelFolder ?? "", string.IsNullOrWhiteSpace(inputColumnName) ? outputColumnName : inputColumnName, classes));
    }

    /// <summary>Tells a column of label maps what its class ids mean, where it was made by a step of your own, such as a <c>CustomMapping</c> that draws polygons.</summary>
    /// <param name="labelColumnName">The column of label maps.</param>
    /// <param name="classes">What the class ids of the label maps mean.</param>
    /// <exception cref="ArgumentException">The column name is empty, or classes are missing.</exception>
    public ClassAttacher AttachClasses(string labelColumnName, SegmentationClasses classes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        ArgumentNullException.ThrowIfNull(classes);
        return new ClassAttacher(new AttachedClasses(labelColumnName, classes));
    }
}
