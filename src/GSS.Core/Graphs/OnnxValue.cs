using GSS.Core.OnnxSchema;

namespace GSS.Core;

/// <summary>The name of a tensor inside an ONNX graph: what one operator gives and the next one takes.</summary>
internal readonly record struct OnnxValue(string Name)
{
    /// <summary>An optional input that is left out.</summary>
    public static OnnxValue None { get; } = new("");
}

/// <summary>One dimension of a graph's input or output: a number, or a name where any size is taken.</summary>
internal readonly record struct OnnxDimension(long Size, string? Name)
{
    public static implicit operator OnnxDimension(long size) => new(size, null);

    public static implicit operator OnnxDimension(string name) => new(-1, name);

    public TensorShapeProto.Types.Dimension ToProto() => Name is null ? new() { DimValue = Size } : new() { DimParam = Name };
}

/// <summary>The element types that GSS.ML writes, with their numbers in the ONNX schema.</summary>
internal enum OnnxType
{
    Float = TensorProto.Types.DataType.Float,
    Bool = TensorProto.Types.DataType.Bool,
    UInt8 = TensorProto.Types.DataType.Uint8,
    Int32 = TensorProto.Types.DataType.Int32,
    Int64 = TensorProto.Types.DataType.Int64,
}
