using System.Text.Json;

namespace GSS.ML;

/// <summary>What one transformer saved, while it is read back: records first, then arrays or a package, in the order in which they were written.</summary>
/// <param name="content">The bytes behind the frame.</param>
/// <param name="version">The version of what is saved; 0 for what 0.1.0 saved, which had none.</param>
internal sealed class SavedPayload(BinaryReader content, int version)
{
    /// <summary>The version of what is saved; 0 for what 0.1.0 saved, whose records are fields without names.</summary>
    public int Version => version;

    /// <summary>The bytes that are not read yet.</summary>
    public BinaryReader Rest => content;

    /// <summary>A record.</summary>
    /// <typeparam name="T">A record with one constructor, of texts, numbers, classes, palettes and other such records.</typeparam>
    /// <exception cref="FormatException">Something else stands there.</exception>
    public T Record<T>()
        where T : class
    {
        if (Version == 0)
        {
            return (T)UnnamedFields.Read(content, typeof(T));
        }

        try
        {
            return JsonSerializer.Deserialize<T>(content.ReadString(), SavedJson.Options) ?? throw new FormatException($"the {typeof(T).Name} is null");
        }
        catch (JsonException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>An array.</summary>
    public byte[] Array() => content.ReadArray();
}
