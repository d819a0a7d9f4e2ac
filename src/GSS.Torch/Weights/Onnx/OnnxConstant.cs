using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>A constant of an ONNX file (TensorProto): its type and shape, and where its numbers are.</summary>
internal sealed record OnnxConstant(string Name, ScalarType Type, long[] Shape, ReadOnlyMemory<byte> Data) : WeightEntry(Type, Shape)
{
    // TensorProto's data_type; other types hold no weights.
    private static readonly Dictionary<ulong, ScalarType> s_types = new() { [1] = ScalarType.Float32, [10] = ScalarType.Float16, [11] = ScalarType.Float64, [16] = ScalarType.BFloat16 };

    /// <summary>Reads a TensorProto; null where it holds no weights: whole numbers, texts.</summary>
    /// <exception cref="FormatException">It is damaged, or its numbers lie in another file.</exception>
    public static OnnxConstant? Read(ReadOnlyMemory<byte> message)
    {
        (string name, ScalarType? type, var shape, ReadOnlyMemory<byte> data) = ("", null, new List<long>(), default);
        bool elsewhere = false, loose = false;
        var fields = new ProtobufFields(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1:
                    if (!fields.TryAddTo(shape))
                    {
                        throw new FormatException("has a constant of more than 64 dimensions");
                    }

                    break;
                case 2:
                    type = s_types.TryGetValue(fields.Value, out ScalarType known) ? known : null;
                    break;

                // float_data, double_data and raw_data.
                case 4 or 10 or 9:
                    loose |= !fields.HasContent || data.Length > 0;
                    data = fields.Content;
                    break;
                case 8:
                    name = Encoding.UTF8.GetString(fields.Content.Span);
                    break;
                case 14:
                    elsewhere = fields.Value == 1;
                    break;
            }
        }

        if (type is not { } found)
        {
            return null;
        }

        if (elsewhere)
        {
            throw new FormatException($"keeps '{name}' in another file (external data), expected one file with all in it");
        }

        if (loose)
        {
            throw new FormatException($"keeps '{name}' number by number, expected packed ones");
        }

        long count = 1;
        foreach (long size in shape)
        {
            count = size is < 0 or > int.MaxValue || (count *= size) > int.MaxValue ? throw new FormatException($"gives '{name}' the shape [{string.Join(", ", shape)}]") : count;
        }

        return count * found.ElementSize() == data.Length ? new(name, found, [.. shape], data)
            : throw new FormatException($"has {data.Length} bytes for '{name}' of shape [{string.Join(", ", shape)}] and type {found}");
    }

    /// <summary>The numbers, on the CPU.</summary>
    public Tensor ToTensor()
    {
        Tensor tensor = empty(Shape, Type);
        if (!Data.IsEmpty)
        {
            Data.Span.CopyTo(MemoryMarshal.AsBytes(tensor.bytes));
        }

        return tensor;
    }
}
