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
internal sealed record SafeTensorEntry(ScalarType Type, long[] Shape, long Start, long Length) : WeightEntry(Type, Shape);

/// <summary>
/// Reads the safetensors format: 8 bytes of header length, a JSON header (name → dtype, shape, data_offsets), then the raw little-endian data.
/// The whole header is checked when the file is opened: lengths, bounds, overlaps, holes.
/// </summary>
internal sealed class SafeTensorsFile : WeightFile
{
    /// <summary>The largest header the format allows.</summary>
    public const long MaximumHeaderLength = 100_000_000;

    private const int LengthLength = 8;

    private readonly WeightBytes _file;

    private SafeTensorsFile(WeightBytes file, SafeTensorsHeader header)
    {
        (_file, Entries, Metadata) = (file, header.Entries, header.Metadata);
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafeTensorEntry> Entries { get; }

    /// <summary>The file's own notes (<c>__metadata__</c>).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override string Path => _file.Path;

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> Names => [.. Entries.Keys];

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or not a safetensors file.</exception>
    public static new SafeTensorsFile Open(string path) => OpenOrDispose(WeightBytes.Open(path));

    /// <summary>Takes over a seekable stream and checks its header.</summary>
    /// <param name="stream">The whole file, from position 0.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="WeightFileException">The contents are damaged, or not the safetensors format.</exception>
    public static new SafeTensorsFile Open(Stream stream, string path) => OpenOrDispose(new(stream, path));

    /// <summary>Reads the header; the caller disposes of the bytes where that fails.</summary>
    internal static SafeTensorsFile Open(WeightBytes file) => new(file, ReadHeader(file));

    /// <inheritdoc/>
    public override WeightEntry? Find(string name) => Entries.GetValueOrDefault(name);

    /// <inheritdoc/>
    public override Tensor Read(string name)
    {
        SafeTensorEntry entry = Entries[name];
        if (entry.Length > int.MaxValue)
        {
            throw new WeightFileException($"The weight file '{Path}' holds tensor '{name}' of {entry.Length} bytes, more than the 2 GB that one tensor can have here; split it.");
        }

        Tensor tensor = empty(entry.Shape, entry.Type);
        if (entry.Length > 0)
        {
            _file.Read(tensor.bytes, entry.Start);
        }

        return tensor;
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    private static SafeTensorsFile OpenOrDispose(WeightBytes file)
    {
        try
        {
            return Open(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SafeTensorsHeader ReadHeader(WeightBytes file)
    {
        Span<byte> prefix = stackalloc byte[LengthLength];
        if (file.Length < prefix.Length)
        {
            throw SafeTensorsHeader.Damaged(file, $"has {file.Length} bytes, fewer than the 8 of a header length");
        }

        file.Read(prefix, 0);
        long length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > MaximumHeaderLength || length > file.Length - prefix.Length)
        {
            throw SafeTensorsHeader.Damaged(file, $"announces a header of {(ulong)length} bytes, but 2 to {Math.Min(MaximumHeaderLength, file.Length - prefix.Length)} were expected");
        }

        byte[] json = new byte[length];
        file.Read(json, prefix.Length);
        var header = new SafeTensorsHeader(file, prefix.Length + length);
        try
        {
            header.Parse(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw SafeTensorsHeader.Damaged(file, "has a header that is not the JSON of the format", e);
        }

        return header;
    }
}
