namespace GSS.Torch;

/// <summary><see cref="HrNet"/> as ONNX operators.</summary>
internal static class HrNetExport
{
    /// <summary>The four levels of a normalised image.</summary>
    public static OnnxValue[] Levels(OnnxGraph graph, HrNet network, OnnxValue image)
    {
        OnnxValue x = image;
        for (int i = 0; i < network.StemConvolutions.Length; i++)
        {
            x = graph.Relu(graph.Conv(x, network.StemConvolutions[i], network.StemNorms[i]));
        }

        foreach (ResidualBlock block in network.First)
        {
            x = graph.Residual(x, block);
        }

        OnnxValue[] branches = [x];
        for (int s = 0; s < network.Stages.Count; s++)
        {
            OnnxValue[] before = branches;
            branches = [.. network.Transitions[s].Select((units, i) => Chain(graph, units, before[Math.Min(i, before.Length - 1)]))];
            foreach (HrNetModule module in network.Stages[s])
            {
                branches = Exchange(graph, module, branches);
            }
        }

        return branches;
    }

    private static OnnxValue[] Exchange(OnnxGraph graph, HrNetModule module, OnnxValue[] input)
    {
        OnnxValue[] branches = [.. input];
        for (int i = 0; i < branches.Length; i++)
        {
            foreach (ResidualBlock block in module.Branches[i])
            {
                branches[i] = graph.Residual(branches[i], block);
            }
        }

        return [.. branches.Select((_, to) => Fuse(graph, module, branches, to))];
    }

    private static OnnxValue Fuse(OnnxGraph graph, HrNetModule module, OnnxValue[] branches, int to)
    {
        OnnxValue? sum = null;
        for (int from = 0; from < branches.Length; from++)
        {
            OnnxValue part = Chain(graph, module.Fusion[to][from], branches[from]);
            if (from > to)
            {
                // Twice, as the network does; where the sizes agree the second one only copies.
                OnnxValue larger = graph.Mul(graph.Shape(part, 2, 4), graph.Constant([1L << (from - to)]));
                part = graph.ResizeBilinearLike(graph.ResizeBilinear(part, larger), branches[to]);
            }

            sum = sum is { } others ? graph.Add(others, part) : part;
        }

        return graph.Relu(sum!.Value);
    }

    private static OnnxValue Chain(OnnxGraph graph, ConvolutionUnit[] units, OnnxValue x)
    {
        foreach (ConvolutionUnit unit in units)
        {
            x = graph.Unit(x, unit);
        }

        return x;
    }
}
