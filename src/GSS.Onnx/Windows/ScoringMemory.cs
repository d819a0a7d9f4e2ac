namespace GSS.Onnx;

/// <summary>What scoring in windows and views needs of memory, told before it begins instead of failing in its middle.</summary>
/// <param name="Sums">Bytes of the sums of scores.</param>
/// <param name="Picture">Bytes of the photograph, as far as it is held, and of the label map.</param>
/// <param name="Network">Bytes of one run of the network, at least.</param>
internal readonly record struct ScoringMemory(long Sums, long Picture, long Network)
{
    /// <summary>Refuses what cannot be held.</summary>
    /// <param name="what">What is scored, as the object of a sentence.</param>
    /// <param name="mend">How to need less.</param>
    /// <param name="available">The bytes that the process may have.</param>
    /// <exception cref="ArgumentException">More is needed than there is.</exception>
    public void Require(string what, string mend, long available)
    {
        long needed = Sums + Picture + Network;
        if (needed > available)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Found {what}, which needs {needed / 1e9:F1} GB ({needed} bytes: {Sums} for sums of scores, {Picture} for pixels, {Network} for a run of the network), expected at most {available / 1e9:F1} GB ({available} bytes), what this process may have: {mend}."));
        }
    }
}
