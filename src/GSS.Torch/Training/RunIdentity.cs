using System.Globalization;
using System.Reflection;

namespace GSS.Torch;

/// <summary>What a run was started with, by name: a checkpoint may only be gone on with by a run for which all of it is the same.</summary>
internal sealed class RunIdentity
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>The values by name.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>Adds a value.</summary>
    public void Add(string name, object? value) => _values[name] = Text(value);

    /// <summary>Adds every option of a record of this library, but those that say of themselves that they do not change the weights.</summary>
    public void AddOptions(TrainingOptions options)
    {
        foreach (PropertyInfo property in OptionsOf(options.GetType()))
        {
            if (property.GetCustomAttribute<KeepsWeightsAttribute>() is null)
            {
                object? value = property.GetValue(options);
                Add(property.Name, value is string path && property.IsDefined(typeof(WeightFileAttribute)) ? FileContent.Identity(path) : value);
            }
        }
    }

    /// <summary>The options of a record and of those it stands on; what a library above adds, such as names of columns, is its own affair.</summary>
    public static IEnumerable<PropertyInfo> OptionsOf(Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && property.DeclaringType!.Assembly == typeof(RunIdentity).Assembly);

    private static string Text(object? value) => value switch
    {
        null => "none",
        IHasIdentity description => description.Identity,
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "none",
    };
}

/// <summary>The option does not change what a run ends with, so a run may go on with another value.</summary>
/// <param name="reason">Why.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KeepsWeightsAttribute(string reason) : Attribute
{
    /// <summary>Why.</summary>
    public string Reason { get; } = reason;
}

/// <summary>The option is the path of a weight file, whose content counts and not its name.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WeightFileAttribute : Attribute;
