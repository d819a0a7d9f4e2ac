namespace GSS.Onnx;

/// <summary>How the range that the 256 steps of an activation span is found.</summary>
public enum QuantizationCalibration
{
    /// <summary>All of the others are tried; the one whose label maps agree best with the float model's, on images that the ranges were not found on, is kept.</summary>
    Best,

    /// <summary>From the smallest to the largest number that was seen.</summary>
    MinMax,

    /// <summary>The range that leaves out the share of numbers above <see cref="QuantizationOptions.Percentile"/>, at both ends where there are negative ones.</summary>
    Percentile,

    /// <summary>
    /// The range whose quantised histogram tells the most of the real one, by the divergence of Kullback and Leibler, as TensorRT finds it; exact zeros, which every range can hold,
    /// do not count. On a model trained on CamVid 99.4 % of the pixels agreed, as with <see cref="Percentile"/>.
    /// </summary>
    Entropy,
}

/// <summary>What <see cref="SegmentationModel.Quantize"/> does.</summary>
public sealed record QuantizationOptions
{
    /// <summary>Gets how the ranges of activations are found.</summary>
    /// <value>The default value is <see cref="QuantizationCalibration.Best"/>.</value>
    public QuantizationCalibration Calibration { get; init; }

    /// <summary>Gets the percentage of an activation's numbers that its range holds under <see cref="QuantizationCalibration.Percentile"/>, above 50 and up to 100.</summary>
    /// <value>The default value is 99.99.</value>
    public double Percentile { get; init; } = 99.99;

    /// <summary>
    /// Gets the share of pixels, 0..1, that must have the same class as in the float model, measured on the images. Where fewer have it, the layers that cost the most agreement
    /// for the time they save stay float, as many as it takes; 1 ends in a float model as a rule, 0 quantises all layers.
    /// </summary>
    /// <value>The default value is 0.98.</value>
    public double MinimumAgreement { get; init; } = 0.98;

    /// <summary>Gets whether weights use 7 of their 8 bits.</summary>
    /// <value>The default value is false.</value>
    /// <remarks>
    /// Processors with AVX2 or AVX-512 but without VNNI (before Ice Lake and Zen 4) add two products in 16 bits, which are cut off where both are large; with 7 bits they never
    /// are. Processors with VNNI, and ARM's, lose accuracy by it and gain nothing. Set it where the model will run on such a processor: on the machine that quantises, what is cut off cannot be seen elsewhere.
    /// </remarks>
    public bool ReduceRange { get; init; }

    /// <summary>Gets the number of threads, 1 or more; 0 means one for each core.</summary>
    /// <value>The default value is 0.</value>
    public int ThreadCount { get; init; }

    internal void ThrowIfInvalid()
    {
        var faults = new List<string>();
        Require(Enum.IsDefined(Calibration), $"{nameof(Calibration)} is {Calibration}, expected {string.Join(", ", Enum.GetNames<QuantizationCalibration>())}");
        Require(Percentile is > 50 and <= 100, FormattableString.Invariant($"{nameof(Percentile)} is {Percentile}, expected above 50 and up to 100"));
        Require(MinimumAgreement is >= 0 and <= 1, FormattableString.Invariant($"{nameof(MinimumAgreement)} is {MinimumAgreement}, expected 0 to 1"));
        Require(ThreadCount >= 0, $"{nameof(ThreadCount)} is {ThreadCount}, expected 0 (one for each core) or more");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The {nameof(QuantizationOptions)} cannot be used: {string.Join("; ", faults)}.");
        }

        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
