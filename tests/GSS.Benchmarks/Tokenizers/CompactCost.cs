using GSS.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>Counts the multiply-accumulates of a compact tokenizer's convolutions and codebook search from their shapes; finite scalar quantisation searches nothing.</summary>
internal static class CompactCost
{
    public static (double Encode, double Decode) GigaMacs(TokenizerNetwork tokenizer, int width, int height)
    {
        long fine = (long)((width + 3) / 4) * ((height + 3) / 4);
        long coarse = (long)((width + 7) / 8) * ((height + 7) / 8);
        (nn.Module encoder, nn.Module decoder, long searched) = tokenizer switch
        {
            CompactFsqVae fsq => ((nn.Module)fsq.Encoder.Free, (nn.Module)fsq.Decoder, 0L),
            CompactVqVae vq => (vq.Encoder, vq.Decoder, vq.Quantizer.Codebook.numel()),
            _ => throw new BenchmarkException($"Found the tokenizer {tokenizer.Name}, expected a compact one."),
        };
        return ((Convolutions(encoder, fine, coarse) + (fine * searched)) / 1e9, Convolutions(decoder, fine, coarse) / 1e9);
    }

    private static long Convolutions(nn.Module module, long fine, long coarse) =>
        module.named_modules().Where(m => m.module is Conv2d).Sum(m =>
        {
            // The context branch works at half the resolution; its last convolution comes before the upsampling.
            bool inBranch = m.name.StartsWith("context.", StringComparison.Ordinal);
            return ((Conv2d)m.module).weight.numel() * (inBranch ? coarse : fine);
        });
}
