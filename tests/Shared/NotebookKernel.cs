using System.Collections;
using System.Reflection;
using System.Xml.Linq;

namespace GSS.Tests;

/// <summary>
/// Finds what shows a value in a notebook as .NET Interactive does it (Formatter.TryRegisterFromFormatterSources): everything by name and through public members,
/// so that a class renamed or a constructor made private is seen here.
/// </summary>
internal static class NotebookKernel
{
    /// <summary>The value as HTML, which has to be well-formed.</summary>
    public static XElement Show(object value)
    {
        object attribute = value.GetType().GetCustomAttributes(inherit: true).Single(a => a.GetType().Name == "TypeFormatterSourceAttribute");
        CollectionAssert.AreEqual(new[] { "text/html" }, (string[])Property(attribute, "PreferredMimeTypes"));
        object source = Activator.CreateInstance((Type)Property(attribute, "FormatterSourceType"))!;
        var formatters = (IEnumerable)source.GetType().GetMethod("CreateTypeFormatters")!.Invoke(source, null)!;
        object formatter = formatters.Cast<object>().Single(f => (string)Property(f, "MimeType") == "text/html");
        var writer = new StringWriter();
        MethodInfo format = formatter.GetType().GetMethod("Format", [typeof(object), typeof(TextWriter)])!;
        Assert.IsTrue((bool)format.Invoke(formatter, [value, writer])!);
        return XDocument.Parse(writer.ToString()).Root!;
    }

    /// <summary>The bytes of the first picture of a MIME type.</summary>
    public static byte[] Picture(XElement html, string mimeType = "image/png")
    {
        string start = $"data:{mimeType};base64,";
        string source = html.DescendantsAndSelf("img").Select(img => img.Attribute("src")!.Value).First(source => source.StartsWith(start, StringComparison.Ordinal));
        return Convert.FromBase64String(source[start.Length..]);
    }

    private static object Property(object of, string name) => of.GetType().GetProperty(name)!.GetGetMethod()!.Invoke(of, null)!;
}
