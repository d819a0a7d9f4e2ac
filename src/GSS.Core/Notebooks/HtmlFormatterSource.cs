using System.Xml.Linq;

namespace GSS.Core;

/// <summary>What an attribute <see cref="TypeFormatterSourceAttribute"/> names: shows values of a type in a notebook as HTML.</summary>
/// <remarks>Every value is built as XML, so that what is written is well-formed and class names are escaped.</remarks>
internal abstract class HtmlFormatterSource<T>
    where T : class
{
    /// <summary>Called by the kernel, by name.</summary>
    public IEnumerable<object> CreateTypeFormatters() => [new HtmlFormatter(instance => ToHtml((T)instance))];

    /// <summary>The value as an element of HTML.</summary>
    protected abstract XElement ToHtml(T value);
}

/// <summary>Writes one value; the kernel finds <see cref="MimeType"/> and <see cref="Format"/> by name.</summary>
internal sealed class HtmlFormatter(Func<object, XElement> toHtml)
{
    /// <summary>The MIME type of HTML.</summary>
    public const string HtmlMimeType = "text/html";

    /// <summary>What is written.</summary>
    public string MimeType => HtmlMimeType;

    /// <summary>Writes the value.</summary>
    /// <returns>Whether anything was written.</returns>
    public bool Format(object instance, TextWriter writer)
    {
        writer.Write(toHtml(instance).ToString(SaveOptions.DisableFormatting));
        return true;
    }
}
