using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using GSS.Core.OnnxSchema;

namespace GSS.Core;

/// <summary>Stores a model's weights in 16 bits. They become 32 bits again when the file is opened, so that it computes as fast as before.</summary>
internal static class HalfStorage
{
    /// <summary>Smaller constants, sizes and means among them, are not worth the operator.</summary>
    private const int Fewest = 256;

    /// <summary>Halves every large constant of 32-bit numbers that 16 bits can hold; what is above 65504, and the scales of quantised constants, stay as they are.</summary>
    /// <param name="model">The model, changed.</param>
    public static void Apply(ModelProto model)
    {
        int casts = 0;

        // The scales of bytes say what these mean; they are few beside them.
        HashSet<string> scales = [.. Scales(model.Graph)];
        foreach (TensorProto constant in model.Graph.Initializer)
        {
            if (scales.Contains(constant.Name) || constant.DataType != (int)OnnxType.Float || constant.RawData.Length < Fewest * sizeof(float))
            {
                continue;
            }

            ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(constant.RawData.Span);
            if (TensorPrimitives.MaxMagnitude(numbers) > (float)Half.MaxValue)
            {
                continue;
            }

            Half[] halves = new Half[numbers.Length];
            TensorPrimitives.ConvertToHalf(numbers, halves);
            string name = constant.Name;
            constant.Name = name + ".half";
            constant.DataType = (int)TensorProto.Types.DataType.Float16;
            constant.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(halves.AsSpan()));
            var cast = new NodeProto { OpType = "Cast", Name = name + ".cast" };
            cast.Input.Add(constant.Name);
            cast.Output.Add(name);
            cast.Attribute.Add(new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (long)OnnxType.Float });
            model.Graph.Node.Insert(casts++, cast);
        }
    }

    private static IEnumerable<string> Scales(GraphProto graph) =>
        graph.Node.Where(node => node.OpType is "QuantizeLinear" or "DequantizeLinear").Select(node => node.Input[1])
            .Concat(graph.Node.SelectMany(node => node.Attribute).Where(attribute => attribute.G is not null).SelectMany(attribute => Scales(attribute.G)));
}
