using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GSS.Core;

namespace GSS.ML;

/// <summary>
/// What a transformer of GSS.ML writes into ML.NET's model zip: a mark, a length, a SHA-256 and the bytes, so that a cut or changed model is refused and never
/// half understood. The bytes begin with the version of what is saved.
/// </summary>
internal static class ModelPayload
{
    // What 0.1.0 wrote begins with its length, which is never negative.
    private const int Mark = -2;

    private const string Advice = "copy the model again, or save it again with the version of GSS.ML that trained it";

    /// <summary>Writes a payload.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="version">The version of what is saved, from 1 on; a later one may be read by an older GSS.ML only where this stays.</param>
    /// <param name="record">Everything but bytes: written by name.</param>
    /// <param name="write">Writes what follows.</param>
    public static void Write(Stream stream, int version, object record, Action<BinaryWriter>? write = null)
    {
        using var memory = new MemoryStream();
        using (var content = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
        {
            content.Write(version);
            content.Write(JsonSerializer.Serialize(record, record.GetType(), SavedJson.Options));
            content.Flush();
            write?.Invoke(content);
        }

        ReadOnlySpan<byte> bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Mark);
        writer.Write(bytes.Length);
        writer.Write(SHA256.HashData(bytes));
        writer.Write(bytes);
    }

    /// <summary>Reads a payload back.</summary>
    /// <param name="stream">At its beginning.</param>
    /// <param name="what">The transformer's name for messages.</param>
    /// <param name="newest">The newest version that this GSS.ML understands.</param>
    /// <param name="read">Reads what <see cref="Write"/> or version 0.1.0 wrote.</param>
    /// <exception cref="SegmentationModelException">The payload is cut off, was changed, is too new, or cannot be understood.</exception>
    public static T Read<T>(Stream stream, string what, int newest, Func<SavedPayload, T> read)
    {
        try
        {
            using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
            int first = reader.ReadInt32();
            int length = first == Mark ? reader.ReadInt32() : first;
            byte[] hash = reader.ReadBytes(SHA256.HashSizeInBytes);
            byte[] bytes = ReadWhole(reader.BaseStream, length);
            if (!SHA256.HashData(bytes).AsSpan().SequenceEqual(hash))
            {
                throw new SegmentationModelException($"The {what} in the model is damaged (its SHA-256 does not fit its {bytes.Length} bytes): {Advice}.");
            }

            using var content = new BinaryReader(new MemoryStream(bytes, writable: false));
            int version = first == Mark ? content.ReadInt32() : 0;
            return version <= newest
                ? read(new SavedPayload(content, version))
                : throw new SegmentationModelException($"The {what} in the model has the version {version}, this GSS.ML reads up to {newest}: load it with a newer version of GSS.ML.");
        }
        catch (Exception e) when (e is not UnfitScoringException && (e is IOException or InvalidDataException or ArgumentException or OverflowException or FormatException or SegmentationDataException))
        {
            throw new SegmentationModelException($"The {what} in the model is damaged ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}): {Advice}.", e);
        }
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
