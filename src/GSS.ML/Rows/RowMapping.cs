using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>What all mappings from one row to another have in common.</summary>
internal interface IBoundMapping : IRowToRowMapper
{
    IDataView View(IDataView source);
}

/// <summary>A transformer bound to an input schema: which columns it adds, what they need, how a batch of rows is computed.</summary>
/// <typeparam name="TInput">What is read of one row; an object of its own, valid after the row has gone.</typeparam>
/// <typeparam name="TResult">What is computed for one row.</typeparam>
internal abstract class RowMapping<TInput, TResult> : IBoundMapping
{
    protected RowMapping(DataViewSchema inputSchema, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<DataViewSchema.DetachedColumn> added, int batchSize)
    {
        InputSchema = inputSchema;
        Inputs = inputs;
        BatchSize = batchSize;
        AddedCount = added.Count;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        builder.AddColumns(added);
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    /// <summary>The input columns in their order, then the added ones.</summary>
    public DataViewSchema OutputSchema { get; }

    /// <summary>The input columns that the added ones are computed from.</summary>
    public IReadOnlyList<DataViewSchema.Column> Inputs { get; }

    public int AddedCount { get; }

    /// <summary>How many rows are read ahead and computed together.</summary>
    public int BatchSize { get; }

    /// <summary>What the computation needs of one row; throws where the row lacks it.</summary>
    /// <param name="inputs">The columns <see cref="Inputs"/>, in their order.</param>
    /// <param name="slot">The row's slot in them.</param>
    /// <param name="row">The row's number, for messages.</param>
    public abstract TInput Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row);

    /// <summary>Computes rows, in order.</summary>
    /// <param name="inputs">What was read of them.</param>
    /// <param name="active">Which added columns are asked for.</param>
    public abstract IReadOnlyList<TResult> Compute(IReadOnlyList<TInput> inputs, bool[] active);

    /// <summary>Keeps what the computation runs on open while a row or cursor lives, whoever else disposes it; null where there is nothing to keep.</summary>
    public virtual IDisposable? Hold() => null;

    /// <summary>A <c>ValueGetter</c> for one added column over the result that <paramref name="current"/> gives.</summary>
    public abstract Delegate Getter(int added, Func<TResult> current);

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        bool[] needed = new bool[InputSchema.Count];
        foreach (DataViewSchema.Column column in dependingColumns)
        {
            if (column.Index < InputSchema.Count)
            {
                needed[column.Index] = true;
            }
            else
            {
                foreach (DataViewSchema.Column input in Inputs)
                {
                    needed[input.Index] = true;
                }
            }
        }

        return InputSchema.Where(column => needed[column.Index]);
    }

    /// <summary>Buffers of columns, by the index of the column: of the inputs, and of all that are passed on where wanted.</summary>
    public ColumnBuffer?[] Buffers(DataViewRow input, bool[] active, int size, bool all)
    {
        int[] inputs = [.. Inputs.Select(column => column.Index)];
        return [.. InputSchema.Select(column => inputs.Contains(column.Index) || (all && active[column.Index]) ? ColumnBuffer.Create(input, column, size, active[column.Index]) : null)];
    }

    public IDataView View(IDataView source) => new MappedView<TInput, TResult>(source, this);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
        new MappedRow<TInput, TResult>(this, input, ActiveOf(activeColumns));

    /// <summary>One flag for each column of <see cref="OutputSchema"/>.</summary>
    public bool[] ActiveOf(IEnumerable<DataViewSchema.Column> columns) => Getters.ActiveOf(OutputSchema, columns);
}
