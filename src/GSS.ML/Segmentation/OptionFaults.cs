namespace GSS.ML;

/// <summary>Collects everything that is wrong with some options, to be said at once.</summary>
internal sealed class OptionFaults
{
    private readonly List<string> _faults = [];

    /// <summary>Adds sentences of others.</summary>
    public void Add(IEnumerable<string> faults) => _faults.AddRange(faults);

    /// <summary>Notes what was found and what was expected, unless it holds.</summary>
    public void Require(bool holds, string option, object? found, string expected)
    {
        if (!holds)
        {
            _faults.Add(FormattableString.Invariant($"{option} is {found ?? "null"}, expected {expected}."));
        }
    }

    /// <summary>A column needs a name.</summary>
    public void RequireColumn(string option, string? name) =>
        Require(!string.IsNullOrWhiteSpace(name), option, name is null ? null : "empty", "the name of a column");

    /// <summary>A column that may be left out needs a name where it is wanted.</summary>
    public void RequireOptionalColumn(string option, string? name) =>
        Require(name is null || name.Trim().Length > 0, option, "empty", "null or the name of a column");

    /// <summary>Columns that are added need names of their own.</summary>
    public void RequireDifferent(params (string Option, string? Name)[] columns)
    {
        foreach (var group in columns.Where(column => !string.IsNullOrWhiteSpace(column.Name)).GroupBy(column => column.Name).Where(group => group.Count() > 1))
        {
            _faults.Add($"{string.Join(" and ", group.Select(column => column.Option))} are both {group.Key}, expected names that differ.");
        }
    }

    /// <summary>Throws where there is a fault.</summary>
    /// <exception cref="ArgumentException">Lists all faults.</exception>
    public void Throw(string owner)
    {
        if (_faults.Count > 0)
        {
            throw new ArgumentException($"The options of {owner} have {_faults.Count} fault{(_faults.Count == 1 ? "" : "s")}: {string.Join(" ", _faults)}");
        }
    }
}
