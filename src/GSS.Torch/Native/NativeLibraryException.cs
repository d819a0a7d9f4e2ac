namespace GSS.Torch;

/// <summary>The native libraries that training needs (libtorch and TorchSharp's own) cannot be loaded; the message says what is missing and what to install.</summary>
public sealed class NativeLibraryException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One sentence that says what was looked for, where, and how to mend it.</param>
    /// <param name="innerException">What the system's loader said, if anything.</param>
    public NativeLibraryException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
