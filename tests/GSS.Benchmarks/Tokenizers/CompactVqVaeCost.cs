using GSS.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>Counts the multiply-accumulates of the compact tokenizer's convolutions and codebook search from their shapes.</summary>
internal static class CompactVqVaeCost
{
    public static (double Encode, double Decode) GigaMacs(CompactVqVae tokenizer, int width, int height)
    {
        long fine = (long)((width + 3) / 4) * ((height + 3) / 4);
        long coarse = (long)((width + 7) / 8) * ((height + 7) / 8);
        long codebook = fine * tokenizer.Quantizer.Codebook.numel();
        return ((Convolutions(tokenizer.Encoder, fine, coarse) + codebook) / 1e9, Convolutions(tokenizer.Decoder, fine, coarse) / 1e9);
    }

    private static long Convolutions(nn.Module module, long fine, long coarse) =>
        module.named_modules().Where(m => m.module is Conv2d).Sum(m =>
        {
            // The context branch works at half the resolution; its last convolution comes before the upsampling.
            bool inBranch = m.name.StartsWith("context.", StringComparison.Ordinal);
            return ((Conv2d)m.module).weight.numel() * (inBranch ? coarse : fine);
        });
}
