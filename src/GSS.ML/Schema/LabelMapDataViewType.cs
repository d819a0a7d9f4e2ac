using GSS.Core;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <summary>The type of an <c>IDataView</c> column that holds label maps (<see cref="LabelMap"/>): class ids, never pictures.</summary>
/// <remarks>
/// Such a column carries its classes as annotations: <c>KeyValues</c> (names), <c>ClassColors</c> and <c>SegmentationClasses</c>.
/// Label maps of one column may have different sizes.
/// </remarks>
public sealed class LabelMapDataViewType : StructuredDataViewType
{
    private LabelMapDataViewType()
        : base(typeof(LabelMap))
    {
    }

    /// <summary>The one instance of the type.</summary>
    public static LabelMapDataViewType Instance { get; } = Register();

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) => other is LabelMapDataViewType;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(LabelMapDataViewType).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => "LabelMap";

    private static LabelMapDataViewType Register()
    {
        var type = new LabelMapDataViewType();
        DataViewTypeManager.Register(type, typeof(LabelMap), new LabelMapTypeAttribute());
        return type;
    }
}
