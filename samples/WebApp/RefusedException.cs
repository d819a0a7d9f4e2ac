namespace WebApp;

/// <summary>A request that cannot be answered, and is at fault itself.</summary>
/// <param name="status">The status of the answer, 400..499.</param>
/// <param name="sentence">What was found, what was expected, and how to mend it.</param>
internal sealed class RefusedException(int status, string sentence) : Exception(sentence)
{
    /// <summary>The status of the answer.</summary>
    public int Status { get; } = status;
}
