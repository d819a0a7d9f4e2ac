using GSS.Core;
using GSS.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Chain;

/// <summary>A custom mapping of ML.NET: a predicted label map becomes the share of the picture that each class has. Found by its name when a saved chain is loaded.</summary>
[CustomMappingFactoryAttribute(nameof(ClassShares))]
internal sealed class ClassShares : CustomMappingFactory<ClassShares.Segmented, ClassShares.Counted>
{
    /// <summary>The classes of the drawn scenes; ML.NET's trainers want vectors of a known length.</summary>
    public const int ClassCount = 8;

    public override Action<Segmented, Counted> GetMapping() => (segmented, counted) => counted.Shares = Of(segmented.Mask!);

    /// <summary>The shares, 0..1, which sum to 1.</summary>
    public static float[] Of(LabelMap labels)
    {
        float[] shares = new float[ClassCount];
        foreach (byte id in labels.Ids)
        {
            shares[id]++;
        }

        return Array.ConvertAll(shares, count => count / labels.Ids.Length);
    }

    internal sealed class Segmented
    {
        [LabelMapType]
        public LabelMap? Mask { get; set; }
    }

    internal sealed class Counted
    {
        [VectorType(ClassCount)]
        public float[] Shares { get; set; } = [];
    }
}
