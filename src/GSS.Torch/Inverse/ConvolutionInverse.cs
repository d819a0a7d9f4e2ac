using GSS.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>
/// X⁻¹ of GSS-FT: three convolutions of equal kernel with ReLU between them (paper section 3.3; its widths and kernel were not published).
/// State names <c>0, 2, 4</c>, as a sequence of five layers has them.
/// </summary>
internal sealed class ConvolutionInverse : InverseNetwork
{
    /// <param name="classes">K.</param>
    /// <param name="width">Channels between the convolutions.</param>
    /// <param name="kernel">Side of the kernels, odd; 1 looks at each pixel by itself.</param>
    public ConvolutionInverse(int classes, int width = 32, int kernel = 1)
        : base(nameof(ConvolutionInverse))
    {
        ClassCount = classes;
        Layers = [Layer(3, width), Layer(width, width), Layer(width, classes)];
        for (int i = 0; i < Layers.Length; i++)
        {
            register_module($"{2 * i}", Layers[i]);
        }

        Conv2d Layer(int input, int output) => Conv2d(input, output, kernel, padding: kernel / 2);
    }

    public override string Variant => "FT";

    public override int ClassCount { get; }

    public Conv2d[] Layers { get; }

    /// <summary>Twice the numbers of the widest layer, and the scores.</summary>
    public override long BytesPerPixel => sizeof(float) * ((2 * Layers[0].weight.shape[0]) + ClassCount);

    /// <summary>A network of the widths that a file has; null where the file holds none.</summary>
    public static ConvolutionInverse? Like(WeightFile file, string prefix) =>
        file.Find(prefix + "0.weight")?.Shape is [var width, 3, var kernel, _] && file.Find(prefix + "4.weight")?.Shape is [var classes, _, _, _]
            ? new ConvolutionInverse((int)classes, (int)width, (int)kernel)
            : null;

    public override Tensor forward(Tensor maskige)
    {
        using var scope = NewDisposeScope();
        Tensor x = Layers[0].call(maskige).relu();
        return Layers[2].call(Layers[1].call(x).relu()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue maskige)
    {
        OnnxValue x = graph.Relu(graph.Conv(maskige, Layers[0]));
        return graph.Conv(graph.Relu(graph.Conv(x, Layers[1])), Layers[2]);
    }
}
