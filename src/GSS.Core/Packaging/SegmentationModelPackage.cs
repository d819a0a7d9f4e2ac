using System.Security.Cryptography;

namespace GSS.Core;

/// <summary>
/// A trained model as one file: a zip with <c>manifest.json</c>, <c>prior.onnx</c>, <c>decoder.onnx</c> and, where asked for, <c>encoder.onnx</c>.
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

    /// <summary>Puts a package together. The arrays are not copied.</summary>
    /// <param name="manifest">What the model is.</param>
    /// <param name="prior">ONNX: <c>image</c> [B, 3, H, W], RGB in 0..255, to <c>logits</c> [B, V, h, w].</param>
    /// <param name="decoder">ONNX: <c>tokens</c> [B, h, w] to <c>maskige</c> [B, 3, stride × h, stride × w], RGB in 0..255.</param>
    /// <param name="encoder">ONNX: <c>maskige</c> [B, 3, H, W], RGB in 0..255, to <c>tokens</c> [B, h, w]; null leaves it out, as scoring does not need it.</param>
    /// <exception cref="ArgumentException">The manifest has faults, all of which the message lists, or a part is empty.</exception>
    public SegmentationModelPackage(SegmentationModelManifest manifest, byte[] prior, byte[] decoder, byte[]? encoder = null)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(prior);
        ArgumentNullException.ThrowIfNull(decoder);
        IReadOnlyList<string> faults = manifest.Faults();
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The manifest of a model package has {string.Join("; ", faults)}.", nameof(manifest));
        }

        ThrowIfEmpty(prior, nameof(prior));
        ThrowIfEmpty(decoder, nameof(decoder));
        ThrowIfEmpty(encoder, nameof(encoder));
        Manifest = manifest;
        Prior = prior;
        Decoder = decoder;
        Encoder = encoder;
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal) { [PriorPart] = Hash(prior), [DecoderPart] = Hash(decoder) };
        if (encoder is not null)
        {
            hashes[EncoderPart] = Hash(encoder);
        }

        PartHashes = hashes.AsReadOnly();
    }

    /// <summary>What the model is.</summary>
    public SegmentationModelManifest Manifest { get; }

    /// <summary><c>prior.onnx</c>: from photographs to logits over latent tokens.</summary>
    public byte[] Prior { get; }

    /// <summary><c>decoder.onnx</c>: from latent tokens to maskiges.</summary>
    public byte[] Decoder { get; }

    /// <summary><c>encoder.onnx</c>: from maskiges to latent tokens; null where the package has none.</summary>
    public byte[]? Encoder { get; }

    /// <summary>The SHA-256 of each part but the manifest, by the part's file name, as 64 lower-case hexadecimal digits.</summary>
    public IReadOnlyDictionary<string, string> PartHashes { get; }

    internal static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static void ThrowIfEmpty(byte[]? part, string name)
    {
        if (part is { Length: 0 })
        {
            throw new ArgumentException("Found an empty part of a model package, expected the bytes of an ONNX file.", name);
        }
    }
}
