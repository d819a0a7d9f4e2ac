namespace GSS.Torch;

/// <summary>The bytes of an open weight file: read at any place, from any thread; whatever goes wrong names the file.</summary>
/// <param name="stream">Seekable; taken over.</param>
/// <param name="path">What messages call it.</param>
internal sealed class WeightBytes(Stream stream, string path) : IDisposable
{
    public string Path => path;

    public long Length { get; } = stream.Length;

    /// <summary>Opens a file.</summary>
    /// <exception cref="WeightFileException">It is missing or may not be read.</exception>
    public static WeightBytes Open(string path)
    {
        try
        {
            return new(File.OpenRead(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new WeightFileException($"The weight file '{path}' cannot be opened ({e.Message.TrimEnd('.')}); name a readable .safetensors, .pth, .pt, .pkl or .onnx file.", e);
        }
    }

    /// <summary>Fills the target with the bytes from <paramref name="start"/> on.</summary>
    /// <exception cref="WeightFileException">The file has fewer, or cannot be read.</exception>
    public void Read(Span<byte> target, long start)
    {
        try
        {
            lock (stream)
            {
                stream.Position = start;
                if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) == target.Length)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw new WeightFileException($"The weight file '{path}' could not be read at byte {start} ({e.Message.TrimEnd('.')}); check the drive, or copy the file again.", e);
        }

        throw Damaged("ended while it was being read");
    }

    /// <summary>The one sentence for everything that a whole PyTorch file cannot hold.</summary>
    /// <param name="what">What was found, as the rest of "The weight file 'x' …".</param>
    /// <param name="inner">What lies behind it, if anything.</param>
    public WeightFileException Damaged(string what, Exception? inner = null)
        => new($"The weight file '{path}' {Printable(what, 400)}: it is damaged or no weight file; copy, download or save it again.", inner);

    /// <summary>Names out of a file as a message may show them: of bounded length, in one line.</summary>
    public static string Printable(string text, int length)
        => string.Concat((text.Length > length ? text[..length] + "…" : text).Select(c => char.IsControl(c) ? '?' : c));

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
