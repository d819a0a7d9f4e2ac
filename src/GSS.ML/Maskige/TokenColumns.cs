using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Finds columns of latent tokens.</summary>
internal static class TokenColumns
{
    private const string Advice = "make it with MaskigeEncoder or LatentPrior, and name it in the options";

    /// <summary>The column, once it is known to hold tokens.</summary>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column Require(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            throw new ArgumentException($"Column '{name}' was not found, expected one of type LatentTokens (there are: {string.Join(", ", schema.Select(other => other.Name).Distinct())}): {Advice}.");
        }

        return column.Type is LatentTokensDataViewType ? column : throw new ArgumentException($"Column '{name}' is of type {column.Type}, expected LatentTokens: {Advice}.");
    }

    /// <summary>The same for a schema's shape.</summary>
    /// <exception cref="ArgumentException">It is missing or holds something else.</exception>
    public static void Require(SchemaShape shape, string name) =>
        SchemaShapes.Require(shape, name, type => type is LatentTokensDataViewType, "LatentTokens", Advice);
}
