using System.Reflection;

namespace GSS.Core;

/// <summary>What a trained model is and how its inputs and outputs are to be treated: the readable part of a <see cref="SegmentationModelPackage"/>.</summary>
public sealed class SegmentationModelManifest
{
    /// <summary>
    /// The newest format that this version of the library writes and reads. Format 1 is that of version 0.1.0: logits and scores leave the graphs.
    /// In format 2 decisions are made in the graphs, and a package may hold a per-pixel model.
    /// </summary>
    public const int CurrentFormatVersion = 2;

    /// <summary>The format of the package, 1..<see cref="CurrentFormatVersion"/>. The default value is the newest.</summary>
    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>The version of GSS.ML that made the model. The default value is the running one.</summary>
    public string LibraryVersion { get; init; } = RunningVersion;

    /// <summary>How the model comes to its classes. The default value is <see cref="SegmentationMethod.Generative"/>.</summary>
    public SegmentationMethod Method { get; init; }

    /// <summary>The variant of the method, such as <c>FF</c>; of a per-pixel model the head's name.</summary>
    public required string Variant { get; init; }

    /// <summary>The classes that the model predicts.</summary>
    public required SegmentationClasses Classes { get; init; }

    /// <summary>The maskige's colours, one for each class; null in a per-pixel model, which has no maskige.</summary>
    public MaskigePalette? Palette { get; init; }

    /// <summary>The tokenizer's name; null in a per-pixel model.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Pixels of the maskige for one latent token in each direction, at least 1; 0 in a per-pixel model.</summary>
    public int Stride { get; init; }

    /// <summary>How many different latent tokens there are, at least 2; 0 in a per-pixel model.</summary>
    public int VocabularySize { get; init; }

    /// <summary>Which token stands at a place of the predicted grid, such as <c>MostLikely</c>; null in a per-pixel model, and where nobody told. The default value is null.</summary>
    /// <remarks>For the record: the decision itself is inside <c>prior.onnx</c>.</remarks>
    public string? TokenDecoding { get; init; }

    /// <summary>The image encoder's name.</summary>
    public required string Encoder { get; init; }

    /// <summary>Images are resized so that their short side has this many pixels; null keeps each image's own size. The default value is null.</summary>
    public int? ShortSide { get; init; }

    /// <summary>The mean that normalisation subtracts from red, green and blue, in 0..255. The default value is that of ImageNet.</summary>
    /// <remarks>For the record: the normalisation itself is inside <c>prior.onnx</c>.</remarks>
    public IReadOnlyList<float> Mean { get; init; } = [123.675f, 116.28f, 103.53f];

    /// <summary>The standard deviation that normalisation divides red, green and blue by, above 0. The default value is that of ImageNet.</summary>
    public IReadOnlyList<float> StandardDeviation { get; init; } = [58.395f, 57.12f, 57.375f];

    /// <summary>The precision that the networks compute in, such as <c>int8</c>; null stands for 32 bits. The default value is null.</summary>
    /// <remarks>For the record: the operators themselves are inside the parts. Versions that do not know it score such a model all the same.</remarks>
    public string? Precision { get; init; }

    private static string RunningVersion { get; } =
        typeof(SegmentationModelManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <summary>The same manifest with another <see cref="Precision"/>.</summary>
    internal SegmentationModelManifest WithPrecision(string? precision) => new()
    {
        FormatVersion = FormatVersion,
        LibraryVersion = LibraryVersion,
        Method = Method,
        Variant = Variant,
        Classes = Classes,
        Palette = Palette,
        Tokenizer = Tokenizer,
        Stride = Stride,
        VocabularySize = VocabularySize,
        TokenDecoding = TokenDecoding,
        Encoder = Encoder,
        ShortSide = ShortSide,
        Mean = Mean,
        StandardDeviation = StandardDeviation,
        Precision = precision,
    };

    /// <summary>Everything that makes the manifest useless, each as a clause with what was found and expected.</summary>
    internal IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        Check(FormatVersion is >= 1 and <= CurrentFormatVersion, $"format version {FormatVersion}, expected 1 to {CurrentFormatVersion}");
        Check(LibraryVersion is not null, "no library version");
        Check(!string.IsNullOrWhiteSpace(Variant), "no variant");
        Check(!string.IsNullOrWhiteSpace(Encoder), "no encoder");
        Check(Classes is not null, "no classes");
        if (Method == SegmentationMethod.Generative)
        {
            Check(!string.IsNullOrWhiteSpace(Tokenizer), "no tokenizer");
            Check(Palette is not null, "no palette");
            Check(Classes is null || Palette is null || Classes.Count == Palette.Count, $"{Classes?.Count} classes and {Palette?.Count} palette colours, expected as many of both");
            Check(Stride >= 1, $"stride {Stride}, expected 1 or more");
            Check(VocabularySize >= 2, $"a vocabulary of {VocabularySize}, expected 2 or more");
        }
        else
        {
            Check(Method == SegmentationMethod.PerPixel, $"the method {Method}, expected {nameof(SegmentationMethod.Generative)} or {nameof(SegmentationMethod.PerPixel)}");
            Check(FormatVersion >= 2, $"format version {FormatVersion} with the method {Method}, expected 2 or more");
            Check(Palette is null && Tokenizer is null && Stride == 0 && VocabularySize == 0, "a palette, tokenizer, stride or vocabulary, expected none of them in a per-pixel model");
        }

        Check(ShortSide is null or >= 1, $"a short side of {ShortSide}, expected 1 or more");
        Check(Mean is { Count: 3 } && Mean.All(float.IsFinite), "a mean that is not three numbers");
        Check(StandardDeviation is { Count: 3 } && StandardDeviation.All(s => float.IsFinite(s) && s > 0), "a standard deviation that is not three numbers above 0");
        return faults;

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
