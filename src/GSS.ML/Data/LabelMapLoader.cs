using GSS.Core;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>
/// Loads label maps from the paths in a text column: for label maps what ML.NET's <c>LoadImages</c> is for photographs.
/// Made by <see cref="SegmentationTransforms.LoadLabelMaps"/>.
/// </summary>
public sealed class LabelMapLoader : IEstimator<LabelMapLoadingTransformer>
{
    private readonly LabelMapLoading _loading;

    internal LabelMapLoader(LabelMapLoading loading) => _loading = loading;

    /// <summary>Learns nothing: checks the column and makes the transformer. No file is opened.</summary>
    /// <param name="input">The data with the column of paths.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    public LabelMapLoadingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _loading.RequirePaths(input.Schema);
        return new LabelMapLoadingTransformer(_loading);
    }

    /// <summary>The shape of the input with the column of label maps.</summary>
    /// <param name="inputSchema">The shape of the input.</param>
    /// <exception cref="ArgumentException">The column of paths is missing or is not text.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShapes.Require(inputSchema, _loading.InputColumnName, type => type is Microsoft.ML.Data.TextDataViewType, "text", LabelMapLoading.Advice);
        return SchemaShapes.Add(inputSchema, _loading.Added);
    }
}
