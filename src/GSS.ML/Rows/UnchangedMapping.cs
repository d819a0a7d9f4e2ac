using Microsoft.ML;

namespace GSS.ML;

/// <summary>Adds nothing: what a transformer of labels does with data that has none.</summary>
internal sealed class UnchangedMapping(DataViewSchema schema) : RowMapping<bool, bool>(schema, [], [], 1)
{
    public override bool Read(IReadOnlyList<ColumnBuffer> inputs, int slot, long row) => false;

    public override IReadOnlyList<bool> Compute(IReadOnlyList<bool> inputs, bool[] active) => inputs;

    public override Delegate Getter(int added, Func<bool> current) => throw new ArgumentOutOfRangeException(nameof(added));
}
