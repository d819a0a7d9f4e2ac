using System.Globalization;

namespace GSS.Benchmarks;

/// <summary>What stands behind a benchmark's name on the command line: <c>--option value</c> pairs and bare <c>--switches</c>.</summary>
internal sealed class BenchmarkArguments
{
    private readonly Dictionary<string, string?> _given = [];
    private readonly HashSet<string> _known = [];

    public BenchmarkArguments(IEnumerable<string> arguments)
    {
        string? option = null;
        foreach (string argument in arguments)
        {
            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                option = argument;
                _given[option] = null;
            }
            else if (option is not null && _given[option] is null)
            {
                _given[option] = argument;
            }
            else
            {
                throw new BenchmarkException($"'{argument}' does not belong to any option; options are written --name value.");
            }
        }
    }

    /// <summary>Whether a switch was given.</summary>
    public bool Has(string option) => Find(option, out _);

    /// <summary>The text after an option, or the default.</summary>
    public string Text(string option, string ifMissing) => TextOrNull(option) ?? ifMissing;

    /// <summary>The text after an option, or null where the option was not given.</summary>
    public string? TextOrNull(string option) =>
        !Find(option, out string? value) ? null : value ?? throw new BenchmarkException($"The option {option} needs a value.");

    /// <summary>The whole number after an option, or the default.</summary>
    public int Number(string option, int ifMissing) =>
        TextOrNull(option) is not { } text ? ifMissing
        : int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number
        : throw new BenchmarkException($"The option {option} needs a whole number, found '{text}'.");

    /// <summary>Names the options that were given and never asked for: a misspelt option must not pass unseen.</summary>
    public IReadOnlyList<string> Unknown() => [.. _given.Keys.Where(option => !_known.Contains(option))];

    private bool Find(string option, out string? value)
    {
        _known.Add(option);
        return _given.TryGetValue(option, out value);
    }
}

/// <summary>A benchmark that cannot run as asked; the message is one sentence for the person at the terminal.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
