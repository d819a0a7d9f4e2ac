namespace GSS.Core;

/// <summary>
/// Names the class that shows values of a type in a notebook. .NET Interactive, the kernel behind Polyglot Notebooks and dotnet-repl, looks for an attribute of this name,
/// in whatever namespace and assembly, and calls <c>CreateTypeFormatters</c> of the class it names: so the libraries need no reference to it.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>A class with a constructor without parameters, see <see cref="HtmlFormatterSource{T}"/>.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>Which of the forms a notebook shows where nothing else is asked for.</summary>
    public string[] PreferredMimeTypes { get; } = [HtmlFormatter.HtmlMimeType];
}
