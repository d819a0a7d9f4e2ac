namespace GSS.Core;

/// <summary>A photograph, a label map or a folder that cannot be used; the message names the file, what was found, what was expected and how to mend it.</summary>
public sealed class SegmentationDataException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One sentence that helps.</param>
    /// <param name="innerException">What the decoder said, if anything.</param>
    public SegmentationDataException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
