using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// What a training run trains: networks, a loss over batches, a measure to choose weights by, and what becomes of them. <see cref="TrainingLoop{TBatch}"/> does all the rest
/// and knows nothing of it. Every number that an objective draws must come from the seed and the step, or be kept in the checkpoint: a run that goes on repeats it.
/// </summary>
/// <typeparam name="TBatch">What a step learns from.</typeparam>
internal abstract class TrainingObjective<TBatch> : IBatchSource<TBatch>
    where TBatch : class
{
    /// <summary>What is trained, in a word or two.</summary>
    public abstract string Name { get; }

    /// <summary>The parameters that the optimizer moves, their gradients clipped together.</summary>
    public abstract IReadOnlyList<TrainedParameter> Parameters { get; }

    /// <summary>Everything that makes up the trained networks, running statistics included: what is validated, averaged, kept, exported and saved in checkpoints.</summary>
    public abstract IReadOnlyList<(string Name, Tensor Value)> Weights { get; }

    /// <inheritdoc/>
    public abstract int BatchesPerEpoch { get; }

    /// <summary>Whether there is anything to validate on.</summary>
    public virtual bool Validates => false;

    /// <inheritdoc/>
    public abstract TBatch Make(int epoch, int index, TBatch? used, CancellationToken stop);

    /// <summary>Before the first step of a new run; a run that goes on does not come here.</summary>
    public virtual void Prepare(CancellationToken cancellation)
    {
    }

    /// <summary>The loss of a batch, a scalar. The caller has opened a scope.</summary>
    public abstract Tensor Loss(TBatch batch, TrainingStep step);

    /// <summary>Whether <see cref="Loss"/> heeds <see cref="TrainingOptions.Precision"/>.</summary>
    public virtual bool KnowsBFloat16 => false;

    /// <summary>Measures the present weights on the validation samples.</summary>
    public virtual TrainingEvaluation Evaluate(CancellationToken cancellation) => throw new NotSupportedException($"{Name} has nothing to validate on.");

    /// <summary>Decides what only the best weights can tell, once they are in place; not after a cancelled run.</summary>
    /// <param name="best">What validation found with these weights.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What validation finds with the decision made.</returns>
    public virtual TrainingEvaluation Conclude(TrainingEvaluation best, CancellationToken cancellation) => best;

    /// <summary>The trained networks as ONNX: the bytes of each part of a model package by its name.</summary>
    public abstract IReadOnlyDictionary<string, byte[]> Export();

    /// <summary>Adds what tells this run from others: data, networks, options.</summary>
    public abstract void Describe(RunIdentity run);

    /// <summary>What a checkpoint must keep beside the weights.</summary>
    public virtual IEnumerable<(string Name, Tensor Value)> Bag() => [];

    /// <summary>Takes back what <see cref="Bag"/> gave.</summary>
    /// <param name="read">The tensor of a name, or null.</param>
    public virtual void Restore(Func<string, Tensor?> read)
    {
    }
}

/// <summary>Where in the run a loss is asked for.</summary>
/// <param name="Index">The step, from 0.</param>
/// <param name="Part">The batch's place among those of the step, from 0.</param>
internal readonly record struct TrainingStep(long Index, int Part);

/// <summary>What a validation found.</summary>
/// <param name="Metric">The number to maximise.</param>
/// <param name="Metrics">All that was measured, for who knows the objective.</param>
internal sealed record TrainingEvaluation(double Metric, object? Metrics = null);

/// <summary>What a run ended with, beside the weights.</summary>
/// <param name="Best">The evaluation of the weights that were kept; null without validation.</param>
/// <param name="BestEpoch">Its epoch, from 1; 0 without validation.</param>
/// <param name="End">Why it ended.</param>
internal sealed record TrainingOutcome(TrainingEvaluation? Best, int BestEpoch, TrainingEnd End);
