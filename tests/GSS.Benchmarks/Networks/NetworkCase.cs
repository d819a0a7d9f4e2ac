using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>A full-size network to be measured.</summary>
/// <param name="Name">What the command line calls it; the Python script has the same name for those that it knows.</param>
/// <param name="Make">Makes it with random weights.</param>
internal sealed record NetworkCase(string Name, Func<NetworkUnderTest> Make)
{
    /// <summary>Side of the square image.</summary>
    public const int Side = 512;

    /// <summary>All networks, one line each. A network that is no image encoder stands here with its own <see cref="NetworkUnderTest"/>.</summary>
    public static IReadOnlyList<NetworkCase> All { get; } =
    [
        Encoder("resnet18", () => ImageEncoders.ResNet18()),
        Encoder("resnet50", () => ImageEncoders.ResNet50()),
        Encoder("resnet101", () => ImageEncoders.ResNet101()),
        Encoder("resnet101-v1c", () => ImageEncoders.ResNet101V1cDilated()),
        Encoder("swin-t", () => ImageEncoders.SwinTiny()),
        Encoder("swin-s", () => ImageEncoders.SwinSmall()),
        Encoder("swin-b", () => ImageEncoders.SwinBase()),
        Encoder("swin-l", () => ImageEncoders.SwinLarge()),
        Encoder("hrnet-w18", () => ImageEncoders.HRNetW18()),
        Encoder("hrnet-w48", () => ImageEncoders.HRNetW48()),
        Encoder("mobilenetv2", () => ImageEncoders.MobileNetV2()),
        new("dalle-encoder", DalleEncoder),
        new("dalle-decoder", DalleDecoder),
    ];

    private static NetworkCase Encoder(string name, Func<ImageEncoder> describe) => new(name, () =>
    {
        EncoderNetwork network = describe().CreateNetwork();
        network.eval();
        return new(network, randn(1, 3, Side, Side), image => network.call(image), () => EncoderExport.ToBytes(network));
    });

    /// <summary>Maskige to logits, without the choice of tokens.</summary>
    private static NetworkUnderTest DalleEncoder()
    {
        DalleDVae network = Dalle();
        return new(network.Encoder, randn(1, 3, Side, Side), maskige => network.Encoder.call(maskige), () => TokenizerExport.EncoderToBytes(network));
    }

    /// <summary>Rows of the codebook at stride 8 to the six output channels; the ONNX model looks the rows up itself.</summary>
    private static NetworkUnderTest DalleDecoder()
    {
        DalleDVae network = Dalle();
        int tokens = Side / DalleDVae.NetworkStride;
        return new(network.Decoder, randn(1, new DalleSize().Initial, tokens, tokens), rows => network.Decoder.call(rows), () => TokenizerExport.DecoderToBytes(network))
        {
            OnnxTokens = [1, tokens, tokens],
        };
    }

    private static DalleDVae Dalle()
    {
        var network = new DalleDVae(new DalleSize(), DalleDVae.NetworkStride);
        using IDisposable noGradient = no_grad();
        foreach (Tensor parameter in network.Encoder.parameters().Concat(network.Decoder.parameters()))
        {
            // OpenAI's own first weights; its modules start uninitialised here.
            parameter.normal_(0, parameter.dim() > 1 ? 1 / Math.Sqrt(parameter.numel() / parameter.shape[0]) : 0);
        }

        return network;
    }
}

/// <summary>A network with all that its measuring needs.</summary>
/// <param name="Module">Its parameters are counted.</param>
/// <param name="Input">One input, whose layout decides how convolutions run.</param>
/// <param name="Forward">Runs it once.</param>
/// <param name="ToOnnx">Writes it as an ONNX model with one input and any outputs.</param>
internal sealed record NetworkUnderTest(nn.Module Module, Tensor Input, Action<Tensor> Forward, Func<byte[]> ToOnnx) : IDisposable
{
    /// <summary>The shape of the tokens that the ONNX model takes; null where it takes <see cref="Input"/> as it is.</summary>
    public long[]? OnnxTokens { get; init; }

    public void Dispose()
    {
        Input.Dispose();
        Module.Dispose();
    }
}
