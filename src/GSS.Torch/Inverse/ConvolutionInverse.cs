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
    /// <summary>Channels and kernel of a network that is trained here: seven pixels each way decide about one.</summary>
    private const int DefaultWidth = 32, DefaultKernel = 3;

    /// <param name="classes">K.</param>
    /// <param name="width">Channels between the convolutions.</param>
    /// <param name="kernel">Side of the kernels, odd; 1 looks at each pixel by itself.</param>
    public ConvolutionInverse(int classes, int width = DefaultWidth, int kernel = DefaultKernel)
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

    /// <summary>
    /// Three channels carry the colour, unchanged, to the last layer, which begins as the rule of the nearest colour: a pixel is nearest to the colour β for which 2 β·x - |β|² is largest.
    /// The other channels begin without a say. So training starts with what GSS-FF does, and can only learn what the nearest colour misses.
    /// </summary>
    protected override void DrawFirstWeights(MaskigePalette palette, Generator generator)
    {
        foreach (Conv2d layer in Layers)
        {
            long[] shape = layer.weight!.shape;
            layer.weight.normal_(0, Math.Sqrt(2.0 / (shape[1] * shape[2] * shape[3])), generator);
            layer.bias!.zero_();
        }

        // A colour may be painted a little outside of 0..1, where ReLU would cut it: it travels one higher.
        long middle = Layers[0].weight!.shape[2] / 2;
        Layers[0].bias!.narrow(0, 0, 3).fill_(Constant.Of(1f));
        foreach (Conv2d layer in Layers[..2])
        {
            Tensor carrying = layer.weight!.narrow(0, 0, 3).zero_();
            carrying.select(3, middle).select(2, middle).narrow(1, 0, 3).copy_(eye(3));
        }

        Tensor colors = palette.ToTensor();
        double sharpness = FirstSharpness(palette);
        Tensor last = Layers[2].weight!.zero_();
        last.select(3, middle).select(2, middle).narrow(1, 0, 3).copy_(colors * Constant.Of(2 * sharpness));
        Layers[2].bias!.copy_((colors.square().sum(1).Plus(colors.sum(1) * Constant.Of(2))) * Constant.Of(-sharpness));
    }

    public override Tensor forward(Tensor maskige)
    {
        using var scope = NewDisposeScope();
        Tensor x = Layers[0].CallPointwise(maskige).relu();
        return Layers[2].CallPointwise(Layers[1].CallPointwise(x).relu()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override OnnxValue ToOnnx(OnnxGraph graph, OnnxValue maskige)
    {
        OnnxValue x = graph.Relu(graph.Conv(maskige, Layers[0]));
        return graph.Conv(graph.Relu(graph.Conv(x, Layers[1])), Layers[2]);
    }
}
