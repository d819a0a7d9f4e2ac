using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>One tensor in a safetensors file.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The sizes, empty for a scalar.</param>
/// <param name="Start">The first byte in the file.</param>
/// <param name="Length">The number of bytes.</param>
internal sealed record SafeTensorEntry(ScalarType Type, long[] Shape, long Start, long Length);

/// <summary>
/// Reads the safetensors format: 8 bytes of header length, a JSON header (name → dtype, shape, data_offsets), then the raw little-endian data.
/// The whole header is checked when the file is opened: lengths, bounds, overlaps, holes.
/// </summary>
internal sealed class SafeTensorsFile : IDisposable
{
    /// <summary>The largest header the format allows.</summary>
    private const long MaximumHeaderLength = 100_000_000;

    private readonly Stream _stream;
    private readonly string _path;

    private SafeTensorsFile(Stream stream, string path, Dictionary<string, SafeTensorEntry> entries, Dictionary<string, string> metadata)
    {
        (_stream, _path, Entries, Metadata) = (stream, path, entries, metadata);
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafeTensorEntry> Entries { get; }

    /// <summary>The file's own notes (<c>__metadata__</c>).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or not a safetensors file.</exception>
    public static SafeTensorsFile Open(string path)
    {
        Stream stream;
        try
        {
            stream = File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new WeightFileException($"The weight file '{path}' cannot be opened ({e.Message.TrimEnd('.')}); name a readable .safetensors file.", e);
        }

        return Open(stream, path);
    }

    /// <summary>Takes over a seekable stream and checks its header.</summary>
    /// <param name="stream">The whole file, from position 0.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="WeightFileException">The contents are damaged, or not the safetensors format.</exception>
    public static SafeTensorsFile Open(Stream stream, string path)
    {
        try
        {
            (Dictionary<string, SafeTensorEntry> entries, Dictionary<string, string> metadata) = ReadHeader(stream, path);
            return new(stream, path, entries, metadata);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor to CPU memory.</summary>
    public Tensor Read(string name)
    {
        SafeTensorEntry entry = Entries[name];
        Tensor tensor = empty(entry.Shape, entry.Type);
        if (entry.Length > 0)
        {
            ReadExactly(_stream, tensor.bytes, entry.Start, _path);
        }

        return tensor;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static (Dictionary<string, SafeTensorEntry> Entries, Dictionary<string, string> Metadata) ReadHeader(Stream stream, string path)
    {
        long fileLength = stream.Length;
        Span<byte> prefix = stackalloc byte[8];
        if (fileLength < prefix.Length)
        {
            throw Damaged(path, $"has {fileLength} bytes, fewer than the 8 of a header length");
        }

        ReadExactly(stream, prefix, 0, path);
        long headerLength = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (headerLength is < 2 or > MaximumHeaderLength || headerLength > fileLength - prefix.Length)
        {
            throw Damaged(path, $"announces a header of {(ulong)headerLength} bytes, but 2 to {Math.Min(MaximumHeaderLength, fileLength - prefix.Length)} were expected");
        }

        byte[] header = new byte[headerLength];
        ReadExactly(stream, header, prefix.Length, path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            return Parse(document.RootElement, prefix.Length + headerLength, fileLength, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or IndexOutOfRangeException or OverflowException)
        {
            throw Damaged(path, "has a header that is not the JSON of the format", e);
        }
    }

    private static (Dictionary<string, SafeTensorEntry> Entries, Dictionary<string, string> Metadata) Parse(JsonElement header, long dataStart, long fileLength, string path)
    {
        var entries = new Dictionary<string, SafeTensorEntry>();
        var metadata = new Dictionary<string, string>();
        foreach (JsonProperty property in header.EnumerateObject())
        {
            if (property.NameEquals("__metadata__"))
            {
                foreach (JsonProperty note in property.Value.EnumerateObject())
                {
                    metadata[note.Name] = note.Value.GetString() ?? "";
                }

                continue;
            }

            string typeName = property.Value.GetProperty("dtype").GetString() ?? "";
            if (!SafeTensorTypes.TryParse(typeName, out ScalarType type))
            {
                throw Damaged(path, $"holds tensor '{property.Name}' of type '{typeName}', which is none of {SafeTensorTypes.Known}");
            }

            long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            JsonElement offsets = property.Value.GetProperty("data_offsets");
            long start = offsets[0].GetInt64(), end = offsets[1].GetInt64();
            long expected = shape.Aggregate((long)SafeTensorTypes.Size(type), (product, size) => size < 0 ? throw new OverflowException() : checked(product * size));
            if (start < 0 || end < start || end > fileLength - dataStart || end - start != expected)
            {
                throw Damaged(path, $"places tensor '{property.Name}' ({typeName} [{string.Join(", ", shape)}], {expected} bytes) at bytes {start} to {end} of {fileLength - dataStart}");
            }

            if (!entries.TryAdd(property.Name, new(type, shape, dataStart + start, end - start)))
            {
                throw Damaged(path, $"holds tensor '{property.Name}' twice");
            }
        }

        long next = dataStart;
        foreach ((string name, SafeTensorEntry entry) in entries.OrderBy(e => e.Value.Start).ThenBy(e => e.Value.Length))
        {
            if (entry.Start != next)
            {
                throw Damaged(path, $"has {(entry.Start < next ? "an overlap" : "a hole")} before tensor '{name}'");
            }

            next += entry.Length;
        }

        return next == fileLength ? (entries, metadata) : throw Damaged(path, $"has {fileLength - next} bytes behind its last tensor");
    }

    private static void ReadExactly(Stream stream, Span<byte> target, long start, string path)
    {
        lock (stream)
        {
            stream.Position = start;
            if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
            {
                throw Damaged(path, "ended while it was being read");
            }
        }
    }

    private static WeightFileException Damaged(string path, string what, Exception? inner = null)
        => new($"The weight file '{path}' {what}: it is damaged or no safetensors file; copy or export it again.", inner);
}
