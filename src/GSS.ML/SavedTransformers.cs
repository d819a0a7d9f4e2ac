using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>Gives back the transformers of GSS.ML from ML.NET's model zip. The interop assembly finds <see cref="Read"/> by name.</summary>
internal static class SavedTransformers
{
    // A kind stands in the zip: it never changes, and a new transformer adds its line here.
    private static readonly Dictionary<string, Func<IHostEnvironment, Stream, ITransformer>> s_readers = new()
    {
        [GenerativeSegmentationTransformer.SavedKind] = GenerativeSegmentationTransformer.Read,
        [PerPixelSegmentationTransformer.SavedKind] = PerPixelSegmentationTransformer.Read,
        [LatentPriorTransformer.SavedKind] = LatentPriorTransformer.Read,
        [LatentTokenDecodingTransformer.SavedKind] = LatentTokenDecodingTransformer.Read,
        [MaskigeEncodingTransformer.SavedKind] = MaskigeEncodingTransformer.Read,
        [ClassAttachingTransformer.SavedKind] = (_, payload) => ClassAttachingTransformer.Read(payload),
        [LabelMapLoadingTransformer.SavedKind] = (_, payload) => LabelMapLoadingTransformer.Read(payload),
    };

    /// <summary>Reads the transformer that <see cref="RowTransformer"/> wrote.</summary>
    public static ITransformer Read(IHostEnvironment host, string kind, Stream payload) => s_readers.TryGetValue(kind, out Func<IHostEnvironment, Stream, ITransformer>? read)
        ? read(host, payload)
        : throw new FormatException($"The model holds a GSS.ML transformer of the kind '{kind}', which this version does not know: load it with a newer version of GSS.ML.");
}
