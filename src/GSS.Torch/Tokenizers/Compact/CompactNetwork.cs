using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>What the compact tokenizers share, whatever quantiser stands between their halves.</summary>
internal abstract class CompactNetwork : TokenizerNetwork
{
    /// <summary>The name of weights that are not the package's; null is that of the kind.</summary>
    public string? LoadedName { get; init; }

    public override string Name => LoadedName ?? KindName;

    public override int Stride => CompactVqVae.PixelStride;

    /// <summary>All parts: encoder, decoder, quantiser.</summary>
    public abstract IEnumerable<Module> Modules { get; }

    /// <summary>The name of the kind, as weight files and saved models have it.</summary>
    protected abstract string KindName { get; }

    public override void To(Device device)
    {
        foreach (Module module in Modules)
        {
            module.to(device);
            module.KeepBeyondScopes();
        }
    }

    internal override Tensor TokenLogits(Tensor maskige) => CodeMixtures.Logits(ToCodes(maskige), Codes);

    internal override Tensor DecodeMixture(Tensor mixture) => FromCodes(CodeMixtures.Mix(mixture, Codes));

    /// <summary>RGB <c>[B, 3, 4h, 4w]</c> in 0..1 → codes <c>[B, D, h, w]</c>, not yet quantised.</summary>
    private protected abstract Tensor ToCodes(Tensor maskige);

    /// <summary>Codes <c>[B, D, h, w]</c> → RGB <c>[B, 3, 4h, 4w]</c>, about 0..1.</summary>
    private protected abstract Tensor FromCodes(Tensor codes);

    private protected override void Dispose(bool disposing)
    {
        foreach (Module module in Modules)
        {
            module.Dispose();
        }
    }
}
