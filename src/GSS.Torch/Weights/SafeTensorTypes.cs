using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>The element types of safetensors and their TorchSharp counterparts.</summary>
internal static class SafeTensorTypes
{
    private static readonly (string Name, ScalarType Type, int Size)[] Types =
    [
        ("F32", ScalarType.Float32, 4), ("F64", ScalarType.Float64, 8), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    public static string Known => string.Join(", ", Types.Select(t => t.Name));

    public static bool TryParse(string name, out ScalarType type)
    {
        (string found, type, _) = Types.FirstOrDefault(t => t.Name == name);
        return found is not null;
    }

    public static string Name(ScalarType type) => Types.First(t => t.Type == type).Name;

    public static int Size(ScalarType type) => Types.First(t => t.Type == type).Size;
}
