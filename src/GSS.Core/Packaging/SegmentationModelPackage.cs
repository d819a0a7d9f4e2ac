using System.Security.Cryptography;

namespace GSS.Core;

/// <summary>
/// A trained model as one file: a zip with <c>manifest.json</c>, <c>prior.onnx</c>, <c>decoder.onnx</c> and, where asked for, <c>encoder.onnx</c>;
/// a per-pixel model is <c>manifest.json</c> and <c>segmenter.onnx</c>.
/// It needs nothing beside it. The usual extension is <c>.gss</c>.
/// </summary>
/// <remarks>
/// The zip's comment ends in the SHA-256 of everything before it, and the manifest has the SHA-256 of each other part: a file that was cut off or
/// changed anywhere, be it in one bit, is refused. The checksum finds damage; it is no signature and does not prove who made the file.
/// Parts are stored uncompressed, as weights hardly shrink; a part that claims to be compressed is refused, so a small file cannot unpack to a huge one.
/// </remarks>
public sealed partial class SegmentationModelPackage
{
    internal const string ManifestPart = "manifest.json";
    internal const string PriorPart = "prior.onnx";
    internal const string DecoderPart = "decoder.onnx";
    internal const string EncoderPart = "encoder.onnx";
    internal const string SegmenterPart = "segmenter.onnx";
    internal const string InversePart = "inverse.safetensors";
    internal const string TrainingPart = "training.safetensors";

    /// <summary>Puts the package of a <see cref="SegmentationMethod.Generative"/> model together. The arrays are not copied.</summary>
    /// <param name="manifest">What the model is.</param>
    /// <param name="prior">
    /// ONNX: <c>image</c> float [B, 3, H, W], RGB in 0..255, to <c>tokens</c> int64 [B, h, w] (format 1: to <c>logits</c> [B, V, h, w]).
    /// </param>
    /// <param name="decoder">ONNX: <c>tokens</c> int64 [B, h, w] to <c>maskige</c> float [B, 3, stride × h, stride × w], RGB in 0..255.</param>
    /// <param name="encoder">ONNX: <c>maskige</c> float [B, 3, H, W], RGB in 0..255, to <c>tokens</c> int64 [B, h, w]; null leaves it out, as scoring does not need it.</param>
    /// <exception cref="ArgumentException">The manifest has faults, all of which the message lists, or is a per-pixel model's, or a part is empty.</exception>
    public SegmentationModelPackage(SegmentationModelManifest manifest, byte[] prior, byte[] decoder, byte[]? encoder = null)
        : this(manifest, SegmentationMethod.Generative)
    {
        ArgumentNullException.ThrowIfNull(prior);
        ArgumentNullException.ThrowIfNull(decoder);
        Prior = prior;
        Decoder = decoder;
        Encoder = encoder;
        PartHashes = HashParts();
    }

    /// <summary>Puts the package of a <see cref="SegmentationMethod.PerPixel"/> model together. The array is not copied.</summary>
    /// <param name="manifest">What the model is.</param>
    /// <param name="segmenter">
    /// ONNX: <c>image</c> float [B, 3, H, W], RGB in 0..255, to <c>labels</c> uint8 [B, H, W] and perhaps <c>confidence</c> float [B, H, W], the probability of each label.
    /// Where it has a second input <c>with_confidence</c> (bool, no dimensions, with a default), the confidence is computed only where that is true.
    /// </param>
    /// <exception cref="ArgumentException">The manifest has faults, all of which the message lists, or is another method's, or the part is empty.</exception>
    public SegmentationModelPackage(SegmentationModelManifest manifest, byte[] segmenter)
        : this(manifest, SegmentationMethod.PerPixel)
    {
        ArgumentNullException.ThrowIfNull(segmenter);
        Segmenter = segmenter;
        PartHashes = HashParts();
    }

    private SegmentationModelPackage(SegmentationModelManifest manifest, SegmentationMethod method)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        IReadOnlyList<string> faults = manifest.Faults();
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The manifest of a model package has {string.Join("; ", faults)}.", nameof(manifest));
        }

        if (manifest.Method != method)
        {
            throw new ArgumentException($"The manifest of a model package has the method {manifest.Method} beside the parts of a {method} model, expected the same of both.", nameof(manifest));
        }

        Manifest = manifest;
        PartHashes = System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;
    }

    /// <summary>What the model is.</summary>
    public SegmentationModelManifest Manifest { get; }

    /// <summary><c>prior.onnx</c>: from photographs to latent tokens; null in a per-pixel model.</summary>
    public byte[]? Prior { get; }

    /// <summary><c>decoder.onnx</c>: from latent tokens to maskiges; null in a per-pixel model.</summary>
    public byte[]? Decoder { get; }

    /// <summary><c>encoder.onnx</c>: from maskiges to latent tokens; null where the package has none.</summary>
    public byte[]? Encoder { get; }

    /// <summary>
    /// <c>inverse.safetensors</c>: the weights of X⁻¹ where it is a network, to train or decode with elsewhere; null where the package has none. Scoring does not read it, <see cref="Decoder"/> holds the same
    /// network; so it is not among the <see cref="PartHashes"/>, and versions that do not know it read the package all the same.
    /// </summary>
    internal byte[]? InverseWeights { get; init; }

    /// <summary><c>training.safetensors</c>: the weights in the form that training needs; null where they were not kept. As <see cref="InverseWeights"/>, nothing that scores reads it.</summary>
    internal byte[]? TrainingWeights { get; init; }

    /// <summary><c>segmenter.onnx</c>: from photographs to label maps; null where the model is not a per-pixel one.</summary>
    public byte[]? Segmenter { get; }

    /// <summary>The SHA-256 of each part but the manifest, by the part's file name, as 64 lower-case hexadecimal digits.</summary>
    public IReadOnlyDictionary<string, string> PartHashes { get; }

    internal static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The parts beside the manifest, in the order of the file.</summary>
    private IEnumerable<(string Name, byte[] Bytes)> Parts()
    {
        foreach ((string name, byte[]? bytes) in new[] { (PriorPart, Prior), (DecoderPart, Decoder), (EncoderPart, Encoder), (SegmenterPart, Segmenter) })
        {
            if (bytes is not null)
            {
                yield return (name, bytes);
            }
        }
    }

    private IReadOnlyDictionary<string, string> HashParts()
    {
        foreach ((string name, byte[] bytes) in Parts())
        {
            if (bytes.Length == 0)
            {
                throw new ArgumentException($"Found an empty '{name}' of a model package, expected the bytes of an ONNX file.", name[..^".onnx".Length]);
            }
        }

        return Parts().ToDictionary(part => part.Name, part => Hash(part.Bytes), StringComparer.Ordinal).AsReadOnly();
    }
}
