namespace GSS.Torch;

/// <summary>A training workspace from which a run cannot continue: it belongs to another run, or it is damaged. The message names it and says how to mend it.</summary>
public sealed class WorkspaceException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One sentence that helps.</param>
    /// <param name="innerException">What lies behind it, if anything.</param>
    public WorkspaceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
