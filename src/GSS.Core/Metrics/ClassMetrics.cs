namespace GSS.Core;

/// <summary>The metrics of one class over a whole data set, void pixels ignored. All shares are fractions 0..1; 0 / 0 is not a number.</summary>
public sealed class ClassMetrics
{
    internal ClassMetrics(string name, long intersection, long truthPixels, long predictedPixels)
    {
        Name = name;
        Intersection = intersection;
        TruthPixels = truthPixels;
        PredictedPixels = predictedPixels;
    }

    /// <summary>The class's name.</summary>
    public string Name { get; }

    /// <summary>Pixels of the class that were predicted as the class.</summary>
    public long Intersection { get; }

    /// <summary>Pixels of the class in the label maps.</summary>
    public long TruthPixels { get; }

    /// <summary>Pixels predicted as the class.</summary>
    public long PredictedPixels { get; }

    /// <summary>Intersection over union; not a number where the class is neither in the label maps nor predicted, 0 where it is only predicted.</summary>
    public double IoU => (double)Intersection / (TruthPixels + PredictedPixels - Intersection);

    /// <summary>The share of the class's pixels that was found, also called recall; not a number where the class is not in the label maps.</summary>
    public double Accuracy => (double)Intersection / TruthPixels;

    /// <summary>The share of the pixels predicted as the class that are of the class; not a number where the class is never predicted.</summary>
    public double Precision => (double)Intersection / PredictedPixels;

    /// <summary>The Dice coefficient, the harmonic mean of precision and accuracy where both are above 0; not a number where the class is neither in the label maps nor predicted.</summary>
    public double Dice => 2.0 * Intersection / (TruthPixels + PredictedPixels);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Name}: IoU {100 * IoU:0.00} Acc {100 * Accuracy:0.00}");
}
