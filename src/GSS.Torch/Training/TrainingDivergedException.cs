namespace GSS.Torch;

/// <summary>Training has diverged: the loss or a weight is not a finite number any more. The message says at which step, what was kept, and what to change.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One sentence that helps.</param>
    /// <param name="step">The step, from 1.</param>
    public TrainingDivergedException(string message, long step)
        : base(message)
    {
        Step = step;
    }

    /// <summary>The step after which a number was not finite, from 1.</summary>
    public long Step { get; }
}
