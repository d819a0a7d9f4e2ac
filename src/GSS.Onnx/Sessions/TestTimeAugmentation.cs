namespace GSS.Onnx;

/// <summary>
/// An image, or each of its windows, is scored in several views, mirrored and at other sizes, and every pixel gets the class with the largest sum of scores over the views.
/// Costs as much as the views' areas. Where a model chooses a token and not a class, a view counts with the probability of its token, if the model gives that.
/// </summary>
/// <param name="Flip">Whether each view is scored a second time, mirrored from left to right.</param>
public sealed record TestTimeAugmentation(bool Flip = true)
{
    private const double Smallest = 0.25;
    private const double Largest = 4;

    /// <summary>Gets the sizes of the views, as multiples of the size that the model works at; each 0.25 to 4.</summary>
    /// <value>The default value is 1 alone.</value>
    public IReadOnlyList<double> Scales { get; init; } = [1];

    /// <summary>What cannot be used, each as a clause.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Scales is null or { Count: 0 })
        {
            yield return $"the {nameof(Scales)} of the {nameof(TestTimeAugmentation)} are none, expected one or more, such as 1";
        }

        foreach (double scale in (Scales ?? []).Where(scale => scale is not (>= Smallest and <= Largest)))
        {
            yield return FormattableString.Invariant($"a scale of the {nameof(TestTimeAugmentation)} is {scale}, expected {Smallest} to {Largest}");
        }
    }
}
