using GSS.Core;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>Says that a member of type <see cref="LabelMap"/> is a label map column, in classes for <c>CreateEnumerable</c>, <c>LoadFromEnumerable</c> and <c>CreatePredictionEngine</c>.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class LabelMapTypeAttribute : DataViewTypeAttribute
{
    /// <inheritdoc/>
    public override void Register() => _ = LabelMapDataViewType.Instance;

    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) => other is LabelMapTypeAttribute;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(LabelMapTypeAttribute).GetHashCode();
}
