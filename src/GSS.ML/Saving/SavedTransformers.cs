namespace GSS.ML;

/// <summary>Gives back the transformers of GSS.ML from ML.NET's model zip. The interop assembly finds <see cref="Read"/> by name.</summary>
internal static class SavedTransformers
{
    /// <summary>Reads the transformer that <see cref="RowTransformer"/> wrote.</summary>
    public static RowTransformer Read(string kind, Stream payload) => kind switch
    {
        GenerativeSegmentationTransformer.SavedKind => GenerativeSegmentationTransformer.Read(payload),
        LatentPriorTransformer.SavedKind => LatentPriorTransformer.Read(payload),
        LatentTokenDecodingTransformer.SavedKind => LatentTokenDecodingTransformer.Read(payload),
        MaskigeEncodingTransformer.SavedKind => MaskigeEncodingTransformer.Read(payload),
        LabelMapLoadingTransformer.SavedKind => LabelMapLoadingTransformer.Read(payload),
        _ => throw new FormatException($"The model holds a GSS.ML transformer of the kind '{kind}', which this version does not know: load it with a newer version of GSS.ML."),
    };
}
