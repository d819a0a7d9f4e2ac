namespace GSS.ML;

/// <summary>Options that do not fit what they are given to. <c>Load</c> tells it from a damaged file.</summary>
internal sealed class UnfitScoringException(string message, Exception? inner = null) : ArgumentException(message, inner);
