using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>A convolution of an ONNX file with the normalisation behind it.</summary>
/// <param name="Weight">The kernel's name, <c>[out, in, k, k]</c>.</param>
/// <param name="Bias">The bias' name; null where there is none.</param>
/// <param name="Normalization">The names of factor, shift, mean and variance; null where they are folded into the convolution.</param>
/// <param name="Epsilon">What the normalisation adds to the variance.</param>
/// <param name="Kernel">k.</param>
/// <param name="Stride">Its step.</param>
/// <param name="Input">What it reads.</param>
/// <param name="Output">What it gives, normalised.</param>
internal sealed record OnnxConvolution(string Weight, string? Bias, string[]? Normalization, float Epsilon, long Kernel, long Stride, string Input, string Output);

/// <summary>Walks from value to value along the operators of an ONNX file.</summary>
internal sealed class OnnxLayers
{
    private readonly OnnxWeightFile _file;
    private readonly Dictionary<string, List<OnnxNode>> _readers = [];

    public OnnxLayers(OnnxWeightFile file)
    {
        _file = file;
        foreach (OnnxNode node in file.Nodes)
        {
            foreach (string input in node.Inputs)
            {
                if (!_readers.TryGetValue(input, out List<OnnxNode>? readers))
                {
                    _readers[input] = readers = [];
                }

                readers.Add(node);
            }
        }
    }

    /// <summary>The tensors of a network whose convolutions run one after the other in the order in which they are registered, each with its normalisation behind it.</summary>
    /// <param name="network">Whose layers are looked for.</param>
    /// <param name="file">The file.</param>
    /// <returns>The tensors by the network's names, in the caller's scope.</returns>
    /// <exception cref="WeightFileException">It holds another network.</exception>
    public static Dictionary<string, Tensor> InOrder(nn.Module network, OnnxWeightFile file)
    {
        var layers = new OnnxLayers(file);
        OnnxConvolution[] found = [.. file.Nodes.Where(node => node.Operator == "Conv").Select(layers.Describe)];
        (string Name, long Dimensions)[] own = [.. network.state_dict().Where(entry => entry.Key.EndsWith(".weight", StringComparison.Ordinal)).Select(entry => (entry.Key[..^".weight".Length], entry.Value.dim()))];
        string[] convolutions = [.. own.Where(layer => layer.Dimensions == 4).Select(layer => layer.Name)], norms = [.. own.Where(layer => layer.Dimensions == 1).Select(layer => layer.Name)];
        if (found.Length != convolutions.Length)
        {
            throw layers.Unlike($"has {found.Length} convolutions", $"{convolutions.Length}");
        }

        var named = new Dictionary<string, Tensor>();
        for (int i = 0; i < found.Length; i++)
        {
            layers.Name(found[i], convolutions[i], norms[i], named);
        }

        return named;
    }

    /// <summary>The first convolution in the file.</summary>
    /// <exception cref="WeightFileException">There is none.</exception>
    public OnnxConvolution First() => _file.Nodes.FirstOrDefault(node => node.Operator == "Conv") is { } first ? Describe(first) : throw Unlike("has no convolution", "one");

    /// <summary>The convolutions that read a value.</summary>
    public IReadOnlyList<OnnxConvolution> ConvolutionsOf(string value) => [.. Readers(value).Where(node => node.Operator == "Conv").Select(Describe)];

    /// <summary>Whether a value is read by an operator of that kind.</summary>
    public bool IsReadBy(string value, string type) => Readers(value).Any(node => node.Operator == type);

    /// <summary>The output of the one operator of a kind that reads a value.</summary>
    /// <exception cref="WeightFileException">There is none, or several.</exception>
    public string Follow(string value, string type) => Readers(value).Where(node => node.Operator == type).Take(2).ToArray() is [{ Outputs: [var output, ..] }] ? output : throw Unlike($"has no {type} behind '{value}'", "one");

    /// <summary>The one sentence for a file that holds another network.</summary>
    public WeightFileException Unlike(string found, string expected) =>
        new($"The ONNX file '{_file.Path}' {WeightBytes.Printable(found, 300)}, expected {expected}: name a file with the network that you chose, or weights in another format, whose names tell what they are.");

    /// <summary>Names the tensors of a convolution and its normalisation as a network does.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="convolution">The convolution's name in the network.</param>
    /// <param name="norm">The normalisation's name in the network, whose own epsilon is 1e-5.</param>
    /// <param name="named">Gets the tensors; the caller disposes them.</param>
    public void Name(OnnxConvolution layer, string convolution, string norm, Dictionary<string, Tensor> named)
    {
        const float Epsilon = 1e-5f;
        Tensor weight = Tensor(layer.Weight);
        named.Add(convolution + ".weight", weight);
        Tensor bias = layer.Bias is null ? zeros(weight.shape[0]) : Tensor(layer.Bias);
        if (layer.Normalization is [var scale, var shift, var mean, var variance])
        {
            named.Add(norm + ".weight", Tensor(scale));
            named.Add(norm + ".bias", Tensor(shift));
            named.Add(norm + ".running_mean", Tensor(mean).Plus(bias.neg()));
            named.Add(norm + ".running_var", Tensor(variance).add_(Constant.Of(layer.Epsilon - Epsilon), Constant.Of(1)));
        }
        else
        {
            // A normalisation that changes nothing: mean 0, and a factor that undoes the division by the root of 1 + epsilon.
            named.Add(norm + ".weight", full(weight.shape[0], Constant.Of(MathF.Sqrt(1 + Epsilon))));
            named.Add(norm + ".bias", bias);
            named.Add(norm + ".running_mean", zeros(weight.shape[0]));
            named.Add(norm + ".running_var", ones(weight.shape[0]));
        }
    }

    private List<OnnxNode> Readers(string value) => _readers.GetValueOrDefault(value) ?? [];

    private Tensor Tensor(string name) => _file.Find(name) is null ? throw Unlike($"computes '{name}'", "a constant there") : _file.Read(name).to(ScalarType.Float32);

    private OnnxConvolution Describe(OnnxNode node)
    {
        if (node is not { Inputs: [var input, var weight, ..], Outputs: [var output, ..] } || _file.Find(weight) is not { Shape: [_, _, var kernel, _] })
        {
            throw Unlike("has a convolution whose kernel is no constant of four dimensions", "one");
        }

        long stride = node.Integers.GetValueOrDefault("strides") is [var step, ..] ? step : 1;
        string? bias = node.Inputs is [_, _, { Length: > 0 } third, ..] ? third : null;
        return Readers(output) is [{ Operator: "BatchNormalization", Inputs: [_, .. { Length: 4 } norm], Outputs: [var normalized, ..] } following]
            ? new(weight, bias, norm, following.Numbers.GetValueOrDefault("epsilon", 1e-5f), kernel, stride, input, normalized)
            : new(weight, bias, null, 0, kernel, stride, input, output);
    }
}
