namespace GSS.Torch;

/// <summary>A file of weights that cannot be used; the message names the file, what was found, what was expected and how to mend it.</summary>
public sealed class WeightFileException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One sentence that helps.</param>
    /// <param name="innerException">What lies behind it, if anything.</param>
    public WeightFileException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
