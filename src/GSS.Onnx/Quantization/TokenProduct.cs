using GSS.Core;
using GSS.Core.OnnxSchema;

namespace GSS.Onnx;

/// <summary>
/// The largest layer of a prior: features times classifier, <c>[V, C] · [C, n]</c> for each row of tokens, in the bodies of the decision. Its result stays float, as do
/// the classes' log probabilities that may stand behind the features: only the products of the features become products of bytes.
/// </summary>
/// <param name="Weight">The constant <c>[V, C]</c>, whose name is the layer's.</param>
/// <param name="Features">The value whose channels are the first of C.</param>
/// <param name="Channels">How many channels that are.</param>
internal sealed record TokenProduct(string Weight, string Features, int Channels)
{
    /// <summary>Finds it in a graph of the form that training writes: features, perhaps joined by log probabilities → Transpose → Reshape → a loop over rows, perhaps behind a condition.</summary>
    public static TokenProduct? Find(QuantizableGraph graph)
    {
        foreach (GraphProto body in Bodies(graph.Model.Graph))
        {
            foreach (NodeProto scan in body.Node.Where(node => node.OpType == "Scan" && node.Input.Count == 1))
            {
                GraphProto row = scan.Attribute.First(attribute => attribute.G is not null).G;
                NodeProto? product = row.Node.FirstOrDefault(node => IsProduct(node, row) && graph.IsFloat(node.Input[0]));
                if (product is not null && Source(graph, scan.Input[0]) is { } features && graph.Layers.FirstOrDefault(layer => graph.End(layer) == features) is { OpType: "Conv" } maker)
                {
                    return new(product.Input[0], features, (int)graph.Shape(maker.Input[1])[0]);
                }
            }
        }

        return null;
    }

    /// <summary>Whether a node of a body is this product.</summary>
    public bool Is(NodeProto node, GraphProto body) => IsProduct(node, body) && node.Input[0] == Weight;

    /// <summary>The graph itself and all bodies in it.</summary>
    public static IEnumerable<GraphProto> Bodies(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Attribute).Where(attribute => attribute.G is not null).SelectMany(attribute => Bodies(attribute.G)).Prepend(graph);

    private static bool IsProduct(NodeProto node, GraphProto body) => node.OpType == "MatMul" && body.Input is [var only] && node.Input[1] == only.Name;

    private static string? Source(QuantizableGraph graph, string rows) =>
        graph.MakerOf(rows) is { OpType: "Reshape" } reshape && graph.MakerOf(reshape.Input[0]) is { OpType: "Transpose" } transpose
            ? graph.MakerOf(transpose.Input[0]) is { OpType: "Concat" } joined ? joined.Input[0] : transpose.Input[0]
            : null;
}
