using GSS.Core.OnnxSchema;

namespace GSS.Tests;

/// <summary>Reads the structure of an exported model.</summary>
internal static class OnnxStructure
{
    /// <summary>An input or output as name[dimensions], where a dimension is a number or the name of a free size.</summary>
    public static string Describe(ValueInfoProto value) =>
        $"{value.Name}[{string.Join(",", value.Type.TensorType.Shape.Dim.Select(d => d.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam ? d.DimParam : d.DimValue.ToString()))}]";
}
