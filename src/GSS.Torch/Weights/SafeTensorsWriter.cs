using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Writes the safetensors format. The same tensors and notes give the same bytes.</summary>
internal static class SafeTensorsWriter
{
    /// <summary>Writes tensors in the order given.</summary>
    /// <param name="stream">Where to; written from its current position.</param>
    /// <param name="tensors">Names and tensors, on any device.</param>
    /// <param name="metadata">The file's own notes.</param>
    public static void Write(Stream stream, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        byte[] header = Header(tensors, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach ((_, Tensor tensor) in tensors)
        {
            using var scope = NewDisposeScope();
            Tensor plain = tensor.detach().cpu().contiguous();
            if (plain.numel() > 0)
            {
                stream.Write(plain.bytes);
            }
        }
    }

    private static byte[] Header(IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string name, string value) in metadata.OrderBy(note => note.Key, StringComparer.Ordinal))
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach ((string name, Tensor tensor) in tensors)
            {
                long end = offset + (tensor.numel() * SafeTensorTypes.Size(tensor.dtype));
                json.WriteStartObject(name);
                json.WriteString("dtype", SafeTensorTypes.Name(tensor.dtype));
                WriteNumbers(json, "shape", tensor.shape);
                WriteNumbers(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        // Blanks behind the JSON align the data to 8 bytes, as the format recommends.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
