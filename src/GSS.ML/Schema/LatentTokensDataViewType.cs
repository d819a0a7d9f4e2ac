using GSS.Core;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>The type of an <c>IDataView</c> column that holds latent tokens (<see cref="LatentTokens"/>). Tokens of one column may have different sizes.</summary>
public sealed class LatentTokensDataViewType : StructuredDataViewType
{
    private LatentTokensDataViewType()
        : base(typeof(LatentTokens))
    {
    }

    /// <summary>The one instance of the type.</summary>
    public static LatentTokensDataViewType Instance { get; } = Register();

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) => other is LatentTokensDataViewType;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(LatentTokensDataViewType).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => "LatentTokens";

    private static LatentTokensDataViewType Register()
    {
        var type = new LatentTokensDataViewType();
        DataViewTypeManager.Register(type, typeof(LatentTokens), new LatentTokensTypeAttribute());
        return type;
    }
}
