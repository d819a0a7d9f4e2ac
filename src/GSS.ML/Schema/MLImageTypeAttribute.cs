using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace GSS.ML;

/// <summary>
/// Says that a member of type <see cref="MLImage"/> is a column of images of any size, in classes for <c>CreateEnumerable</c>, <c>LoadFromEnumerable</c> and
/// <c>CreatePredictionEngine</c>. ML.NET's own <c>[ImageType(height, width)]</c> wants one size for all rows.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class MLImageTypeAttribute : DataViewTypeAttribute
{
    /// <inheritdoc/>
    public override void Register() => _ = AnyImage.Type;

    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) => other is MLImageTypeAttribute;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(MLImageTypeAttribute).GetHashCode();
}

/// <summary>The type of columns of images whose sizes differ.</summary>
internal static class AnyImage
{
    /// <summary>Known to ML.NET from now on: without that a <c>PredictionEngine</c> cannot read such a column into any class.</summary>
    public static ImageDataViewType Type { get; } = Register();

    private static ImageDataViewType Register()
    {
        var type = new ImageDataViewType();
        try
        {
            DataViewTypeManager.Register(type, typeof(MLImage), new MLImageTypeAttribute());
        }
        catch (ArgumentException)
        {
            // Another library has registered it with an attribute of its own, which serves reading as well.
        }

        return type;
    }
}
