namespace GSS.Core;

/// <summary>A trained model's file that cannot be read or written; the message names the file, what was found, what was expected and how to mend it.</summary>
public sealed class SegmentationModelException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One sentence that helps.</param>
    /// <param name="innerException">The cause, if another exception was it.</param>
    public SegmentationModelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
