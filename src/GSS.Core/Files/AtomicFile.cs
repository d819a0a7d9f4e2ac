namespace GSS.Core;

/// <summary>Writes files so that a reader sees the old file or the whole new one, never a part.</summary>
internal static class AtomicFile
{
    /// <summary>Writes to a temporary name in the same folder, flushes to the disk, then renames.</summary>
    /// <param name="path">The file to make or to replace; its folder is made where it is missing.</param>
    /// <param name="write">Writes the content; the stream can seek.</param>
    /// <exception cref="IOException">The file cannot be written; nothing of it is left behind.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string full = Path.GetFullPath(path);
        string temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception exception)
        {
            TryDelete(temporary);
            if (IsOfFileSystem(exception))
            {
                throw Fault(path, exception);
            }

            throw;
        }
    }

    /// <summary>The exception for a file that cannot be written.</summary>
    public static IOException Fault(string path, Exception exception) =>
        new($"'{path}' could not be written ({Reason(exception)}): choose a folder that exists, may be written to and has space left.", exception);

    /// <summary>Whether an exception out of writing is the file system's: no space, no right, too large a file. For the last, .NET throws an ArgumentOutOfRangeException.</summary>
    public static bool IsOfFileSystem(Exception exception) => exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>What such an exception says, as a part of a sentence.</summary>
    public static string Reason(Exception exception) => exception is ArgumentException ? "the file is larger than the system allows" : exception.Message.TrimEnd('.');

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The first error is the one that matters to the caller.
        }
    }
}
