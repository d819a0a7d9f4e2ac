namespace WebApp;

/// <summary>A request that cannot be answered, and is at fault itself.</summary>
/// <param name="status">The status of the answer, 400..499.</param>
/// <param name="sentence">What was found, what was expected, and how to mend it.</param>
internal sealed class RefusedException(int status, string sentence) : Exception(sentence)
{
    /// <summary>The status of the answer.</summary>
    public int Status { get; } = status;

    /// <summary>The most pixels of a photograph that is taken, where this one has more; a member of the problem details for those who can send it smaller.</summary>
    public long? MostPixels { get; init; }

    /// <summary>What is said beside the sentence.</summary>
    public IDictionary<string, object?>? Extensions => MostPixels is null ? null : new Dictionary<string, object?> { ["mostPixels"] = MostPixels };
}
