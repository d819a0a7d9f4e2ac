using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>What the transformers of GSS.ML have in common: they add columns row by row, can be saved with <c>mlContext.Model.Save</c> and loaded without registration.</summary>
/// <remarks>Thread-safe. Columns that nobody asks for are never computed. Dispose it when it is no longer needed: it may hold inference sessions. Whoever still reads rows of it goes on reading.</remarks>
public abstract class RowTransformer : ITransformer, IDisposable
{
    private protected RowTransformer()
    {
    }

    /// <summary>True: each row is computed from itself alone.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The input's columns followed by the added ones.</summary>
    /// <param name="inputSchema">The schema of the data to transform.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    /// <summary>A view with the added columns; nothing is computed before a cursor asks for it.</summary>
    /// <param name="input">The data to transform.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Bind(input.Schema).View(input);
    }

    /// <summary>A mapper for single rows, as <c>PredictionEngine</c> uses it.</summary>
    /// <param name="inputSchema">The schema of the rows.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Bind(inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SavedModel.Save(ctx, Kind, WritePayload);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The name under which <see cref="SavedTransformers"/> finds the reader.</summary>
    private protected abstract string Kind { get; }

    private protected abstract void WritePayload(Stream stream);

    private protected abstract IBoundMapping Bind(DataViewSchema inputSchema);

    private protected virtual void Dispose(bool disposing)
    {
    }
}
