namespace GSS.Core;

/// <summary>Reads files of the user's data; whatever goes wrong names the file.</summary>
internal static class FileBytes
{
    /// <summary>A whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is, to begin a sentence: "Photograph" or "Label map".</param>
    public static byte[] Read(string path, string kind)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, kind, exception);
        }
    }

    /// <summary>The first bytes of a file, fewer where it is shorter.</summary>
    public static byte[] ReadStart(string path, int count, string kind)
    {
        using Stream stream = OpenRead(path, kind);
        byte[] bytes = new byte[count];
        return bytes[..stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
    }

    /// <summary>A file as a stream.</summary>
    public static Stream OpenRead(string path, string kind)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, kind, exception);
        }
    }

    /// <summary>A stream from where it stands to its end.</summary>
    public static byte[] Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static SegmentationDataException Unreadable(string path, string kind, Exception exception)
        => exception is FileNotFoundException or DirectoryNotFoundException
            ? new($"{kind} '{path}' was not found: check the path, relative paths start at the folder '{Environment.CurrentDirectory}'.", exception)
            : new($"{kind} '{path}' could not be opened ({exception.Message.TrimEnd('.')}): check that the file may be read and no other program holds it.", exception);
}
