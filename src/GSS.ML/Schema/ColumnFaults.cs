using GSS.Torch;

namespace GSS.ML;

/// <summary>What can be wrong with names of columns in options.</summary>
internal static class ColumnFaults
{
    /// <summary>A column needs a name.</summary>
    public static void RequireColumn(this OptionFaults faults, string option, string? name) =>
        faults.Require(!string.IsNullOrWhiteSpace(name), option, name is null ? null : "empty", "the name of a column");

    /// <summary>A column that may be left out needs a name where it is wanted.</summary>
    public static void RequireOptionalColumn(this OptionFaults faults, string option, string? name) =>
        faults.Require(name is null || name.Trim().Length > 0, option, "empty", "null or the name of a column");

    /// <summary>Columns that are added need names of their own.</summary>
    public static void RequireDifferent(this OptionFaults faults, params (string Option, string? Name)[] columns) =>
        faults.Add(columns.Where(column => !string.IsNullOrWhiteSpace(column.Name)).GroupBy(column => column.Name).Where(group => group.Count() > 1)
            .Select(group => $"{string.Join(" and ", group.Select(column => column.Option))} are both {group.Key}, expected names that differ."));

    /// <summary>Throws where there is a fault.</summary>
    /// <exception cref="ArgumentException">Lists all faults.</exception>
    public static void Throw(this OptionFaults faults, string owner)
    {
        if (faults.Sentences is { Count: > 0 } found)
        {
            throw new ArgumentException($"The options of {owner} have {found.Count} fault{(found.Count == 1 ? "" : "s")}: {string.Join(" ", found)}");
        }
    }
}
