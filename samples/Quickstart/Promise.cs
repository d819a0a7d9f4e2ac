using System.Globalization;

namespace Quickstart;

/// <summary>The number that the README promises for a run without arguments. A test compares the README with it, the run compares itself.</summary>
internal static class Promise
{
    /// <summary>mIoU in percent on the validation scenes, as measured with two threads.</summary>
    public const double MeanIoU = 74.3;

    /// <summary>How far another processor, or another number of threads, which round differently, may be away from it, in percent points.</summary>
    public const double Tolerance = 3;

    /// <summary>The promise as the README writes it.</summary>
    public static string Text => string.Create(CultureInfo.InvariantCulture, $"{MeanIoU:F1} % mIoU");

    /// <summary>What the run says about its own result.</summary>
    public static string Compare(double meanIoU) => string.Create(CultureInfo.InvariantCulture,
        $"The README promises {Text}, ± {Tolerance:F0} on another processor: {(Math.Abs(meanIoU - MeanIoU) <= Tolerance ? "kept." : "not kept.")}");
}
