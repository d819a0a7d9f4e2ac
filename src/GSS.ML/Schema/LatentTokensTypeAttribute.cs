using GSS.Core;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Says that a member of type <see cref="LatentTokens"/> is a column of latent tokens, in classes for <c>CreateEnumerable</c>, <c>LoadFromEnumerable</c> and <c>CreatePredictionEngine</c>.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class LatentTokensTypeAttribute : DataViewTypeAttribute
{
    /// <inheritdoc/>
    public override void Register() => _ = LatentTokensDataViewType.Instance;

    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) => other is LatentTokensTypeAttribute;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(LatentTokensTypeAttribute).GetHashCode();
}
