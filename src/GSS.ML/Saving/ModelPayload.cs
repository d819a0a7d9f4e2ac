using System.Security.Cryptography;
using GSS.Core;

namespace GSS.ML;

/// <summary>What a transformer of GSS.ML writes into ML.NET's model zip: a length, a SHA-256 and the bytes, so that a cut or changed model is refused and never half understood.</summary>
internal static class ModelPayload
{
    private const string Advice = "copy the model again, or save it again with the version of GSS.ML that trained it";

    /// <summary>Writes a payload.</summary>
    public static void Write(Stream stream, Action<BinaryWriter> write)
    {
        using var memory = new MemoryStream();
        using (var content = new BinaryWriter(memory, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            write(content);
        }

        ReadOnlySpan<byte> bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(bytes.Length);
        writer.Write(SHA256.HashData(bytes));
        writer.Write(bytes);
    }

    /// <summary>Reads a payload back.</summary>
    /// <param name="stream">At its beginning.</param>
    /// <param name="what">The transformer's name for messages.</param>
    /// <param name="read">Reads what <see cref="Write"/>'s delegate wrote.</param>
    /// <exception cref="SegmentationModelException">The payload is cut off, was changed, or cannot be understood.</exception>
    public static T Read<T>(Stream stream, string what, Func<BinaryReader, T> read)
    {
        try
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            int length = reader.ReadInt32();
            byte[] hash = reader.ReadBytes(SHA256.HashSizeInBytes);
            byte[] bytes = ReadWhole(reader.BaseStream, length);
            if (!SHA256.HashData(bytes).AsSpan().SequenceEqual(hash))
            {
                throw new SegmentationModelException($"The {what} in the model is damaged (its SHA-256 does not fit its {bytes.Length} bytes): {Advice}.");
            }

            using var content = new BinaryReader(new MemoryStream(bytes, writable: false));
            return read(content);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ArgumentException or OverflowException or FormatException or SegmentationDataException)
        {
            throw new SegmentationModelException($"The {what} in the model is damaged ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}): {Advice}.", e);
        }
    }

    /// <summary>A text that may be null.</summary>
    public static void WriteOptional(this BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        writer.Write(text ?? "");
    }

    /// <summary>What <see cref="WriteOptional"/> wrote.</summary>
    public static string? ReadOptional(this BinaryReader reader)
    {
        bool given = reader.ReadBoolean();
        string text = reader.ReadString();
        return given ? text : null;
    }

    /// <summary>An array with its length in front.</summary>
    public static void WriteArray(this BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    /// <summary>What <see cref="WriteArray"/> wrote.</summary>
    public static byte[] ReadArray(this BinaryReader reader) => ReadWhole(reader.BaseStream, reader.ReadInt32());

    // The length may be damaged: memory is taken only for bytes that are there.
    private static byte[] ReadWhole(Stream stream, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        using var memory = new MemoryStream();
        byte[] block = new byte[1 << 16];
        while (memory.Length < length)
        {
            int count = stream.Read(block, 0, (int)Math.Min(block.Length, length - memory.Length));
            if (count == 0)
            {
                throw new EndOfStreamException($"found {memory.Length} bytes, expected {length}");
            }

            memory.Write(block, 0, count);
        }

        return memory.ToArray();
    }
}
