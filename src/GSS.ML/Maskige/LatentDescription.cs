using System.Text.Json.Serialization;
using GSS.Core;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>What latent tokens stand for: kept in the annotations of a token column, so that the three parts of the method understand each other, and in saved models.</summary>
internal sealed record LatentDescription(SegmentationClasses Classes, MaskigePalette Palette, string Tokenizer, string Variant, int? ShortSide)
{
    /// <summary>Annotation: the tokenizer's name, text.</summary>
    public const string TokenizerKind = "MaskigeTokenizer";

    /// <summary>Annotation: the palette, a vector of 3 × K bytes, RGB.</summary>
    public const string PaletteKind = "MaskigePalette";

    /// <summary>Annotation: the variant's name, text.</summary>
    public const string VariantKind = "MaskigeVariant";

    /// <summary>Annotation: the short side that images were resized to, Int32; 0 where they kept their size.</summary>
    public const string ShortSideKind = "ShortSide";

    /// <summary>Annotation: the weights of X⁻¹ where it is a network, a vector of bytes; missing where it is the nearest colour.</summary>
    public const string InverseKind = "MaskigeInverse";

    /// <summary>The weights of X⁻¹ where it is a network: what <see cref="GSS.Torch.InverseNetwork.ToBytes"/> gave.</summary>
    [JsonIgnore]
    public byte[]? InverseWeights { get; init; }

    /// <summary>Stands for what only the data will tell, in schema shapes.</summary>
    public static LatentDescription Any { get; } = new(SchemaShapes.AnyClasses, MaskigePalette.MaximalDistance(1), "any", "any", null);

    /// <summary>The description as the annotations of a column.</summary>
    public DataViewSchema.Annotations ToAnnotations()
    {
        byte[] colors = SavedJson.BytesOf(Palette);
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(ColumnAnnotations.Of(Classes), _ => true);
        builder.Add(TokenizerKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = Tokenizer.AsMemory());
        builder.Add(VariantKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = Variant.AsMemory());
        builder.Add(ShortSideKind, NumberDataViewType.Int32, (ref int value) => value = ShortSide ?? 0);
        builder.Add(PaletteKind, new VectorDataViewType(NumberDataViewType.Byte, colors.Length), (ref VBuffer<byte> value) => value = new VBuffer<byte>(colors.Length, [.. colors]));
        if (InverseWeights is { } inverse)
        {
            builder.Add(InverseKind, new VectorDataViewType(NumberDataViewType.Byte, inverse.Length), (ref VBuffer<byte> value) => value = new VBuffer<byte>(inverse.Length, [.. inverse]));
        }

        return builder.ToAnnotations();
    }

    /// <summary>Reads the description of a token column.</summary>
    /// <exception cref="ArgumentException">The column has none.</exception>
    public static LatentDescription Of(DataViewSchema.Column column)
    {
        DataViewSchema.Annotations annotations = column.Annotations;
        string[] missing = [.. new[] { TokenizerKind, PaletteKind, VariantKind, ShortSideKind }.Where(kind => annotations.Schema.GetColumnOrNull(kind) is null)];
        if (missing.Length > 0)
        {
            throw new ArgumentException($"Column '{column.Name}' does not say what its tokens stand for (the annotations {string.Join(", ", missing)} are missing), expected a column of MaskigeEncoder or LatentPrior: make the tokens with one of them.");
        }

        ReadOnlyMemory<char> tokenizer = default, variant = default;
        VBuffer<byte> colors = default, inverse = default;
        int shortSide = 0;
        annotations.GetValue(TokenizerKind, ref tokenizer);
        annotations.GetValue(VariantKind, ref variant);
        annotations.GetValue(PaletteKind, ref colors);
        annotations.GetValue(ShortSideKind, ref shortSide);
        bool hasInverse = annotations.Schema.GetColumnOrNull(InverseKind) is not null;
        if (hasInverse)
        {
            annotations.GetValue(InverseKind, ref inverse);
        }

        return new(ColumnAnnotations.RequireClasses(column), SavedJson.PaletteOf([.. colors.DenseValues()]), tokenizer.ToString(), variant.ToString(), shortSide == 0 ? null : shortSide)
        {
            InverseWeights = hasInverse ? [.. inverse.DenseValues()] : null,
        };
    }

    /// <summary>Checks that the tokens were made by the tokenizer that the options name.</summary>
    /// <exception cref="ArgumentException">They were not.</exception>
    public void RequireTokenizer(string column, GSS.Torch.Tokenizer tokenizer)
    {
        if (Tokenizer != tokenizer.Name)
        {
            throw new ArgumentException($"The tokens in column '{column}' were made by the tokenizer '{Tokenizer}', the options name '{tokenizer.Name}', expected the same in all parts of the method: set Tokenizer to the one that made them.");
        }
    }
}
