namespace GSS.Torch;

/// <summary>Collects everything that is wrong with some options, to be said at once.</summary>
internal sealed class OptionFaults
{
    private readonly List<string> _faults = [];

    /// <summary>What was found so far, each fault as one sentence.</summary>
    public IReadOnlyList<string> Sentences => _faults;

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
}
