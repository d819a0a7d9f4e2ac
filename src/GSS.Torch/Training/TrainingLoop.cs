using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Trains an objective: batches, schedule, optimizer, averages, validation, limits, checkpoints. It knows nothing of what it trains.</summary>
internal sealed partial class TrainingLoop<TBatch>
    where TBatch : class
{
    private readonly TrainingObjective<TBatch> _objective;
    private readonly TrainingOptions _options;
    private readonly AdamW _optimizer;
    private readonly IReadOnlyList<(string Name, Tensor Value)> _weights;
    private readonly WeightAverage? _average;
    private readonly RunIdentity _run = new();
    private readonly Dictionary<string, Tensor> _best = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TrainingPosition _position = new();
    private TrainingEvaluation? _bestEvaluation;
    private double _secondsBefore;
    private long _steps;

    private TrainingLoop(TrainingObjective<TBatch> objective, TrainingOptions options)
    {
        (_objective, _options) = (objective, options);
        RequirePrecision();
        _optimizer = new AdamW(objective.Parameters);
        _weights = objective.Weights;
        _average = options.EmaDecay is { } decay ? new WeightAverage(_weights, decay) : null;
        if (options.WorkspacePath is not null)
        {
            objective.Describe(_run);
            _run.AddOptions(options);
        }
    }

    /// <summary>Trains from the beginning, or from the workspace's checkpoint where there is one. The objective then has the weights of the best validation, or the last ones without validation.</summary>
    /// <param name="objective">What to train.</param>
    /// <param name="options">How; validated already, not changed.</param>
    /// <exception cref="InvalidOperationException">The precision is not for the device that the objective is on.</exception>
    /// <exception cref="NotSupportedException">The precision is not for this objective.</exception>
    /// <exception cref="TrainingDivergedException">The loss or a weight is not a finite number any more.</exception>
    /// <exception cref="WorkspaceException">The workspace belongs to another run, or its checkpoint is damaged.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static TrainingOutcome Run(TrainingObjective<TBatch> objective, TrainingOptions options)
    {
        int threads = get_num_threads();
        TrainingLoop<TBatch>? loop = null;
        try
        {
            if (options.Threads is { } wanted)
            {
                set_num_threads(wanted);
            }

            loop = new TrainingLoop<TBatch>(objective, options);
            return loop.Train();
        }
        finally
        {
            loop?.Dispose();
            if (options.Threads is not null)
            {
                set_num_threads(threads);
            }
        }
    }

    /// <summary>Throws where the precision asked for cannot be had.</summary>
    private void RequirePrecision()
    {
        if (_options.Precision == TrainingPrecision.BFloat16 && !_objective.KnowsBFloat16)
        {
            throw new NotSupportedException($"Precision is BFloat16, expected Float32: the {_objective.Name} is trained in 32 bits alone.");
        }

        if (_options.Precision == TrainingPrecision.BFloat16 && !_options.CanUseBFloat16OnCpu && _objective.Parameters.Any(parameter => parameter.Value.device_type == DeviceType.CPU))
        {
            throw new InvalidOperationException("Precision is BFloat16, but training runs on a CPU without AVX512_BF16, expected a CPU with it or a CUDA device; choose Auto or Float32, or install a CUDA build of libtorch (GSS_LIBTORCH or -p:GssDevice=cuda).");
        }
    }

    private TrainingOutcome Train()
    {
        Restore();
        if (_position.Step == 0)
        {
            _objective.Prepare(_options.CancellationToken);
        }

        TrainingEnd end = _position.Finished ? _position.End : TrainEpochs();
        RequireFinite(_position.Step);
        if (_best.Count > 0)
        {
            using var noGrad = no_grad();
            foreach ((string name, Tensor value) in _weights)
            {
                value.copy_(_best[name]);
            }
        }
        else
        {
            _average?.Swap();
        }

        if (_bestEvaluation is null && _objective.Validates && end != TrainingEnd.Cancellation)
        {
            _bestEvaluation = _objective.Evaluate(_options.CancellationToken);
        }

        if (_bestEvaluation is not null && !(_options.KeepBestOnCancellation && _options.CancellationToken.IsCancellationRequested))
        {
            _bestEvaluation = _objective.Conclude(_bestEvaluation, _options.CancellationToken);
        }

        return new(_bestEvaluation, _position.BestEpoch + 1, end);
    }

    private TrainingEnd TrainEpochs()
    {
        int batchesPerStep = _options.GradientAccumulation;
        int stepsPerEpoch = _objective.BatchesPerEpoch / batchesPerStep;
        int workers = _options.Workers ?? Math.Clamp(Environment.ProcessorCount / 2, 2, 8);
        using var loader = new BatchLoader<TBatch>(
            _objective, _position.Epoch, _position.BatchInEpoch * batchesPerStep, _options.Epochs, workers, _options.CancellationToken, batchesPerStep);
        _steps = (long)stepsPerEpoch * _options.Epochs;
        int warmUp = _options.WarmUpSteps ?? (int)Math.Min(1500, _steps / 20);
        var pace = new TrainingPace(_position.Step, _steps, _options.BatchSize * batchesPerStep);
        var sinceCheckpoint = Stopwatch.StartNew();
        long firstStep = _position.Step;
        TrainingProgress last = pace.After(_position.Step, _position.Epoch + 1, _options.Epochs, double.NaN, 0);
        try
        {
            if (_position.BatchInEpoch == stepsPerEpoch)
            {
                // The run was cancelled while it validated: all steps of the epoch are done.
                EndEpoch(last, pace);
                Save();
            }

            while (!_position.Finished)
            {
                _options.CancellationToken.ThrowIfCancellationRequested();
                if (IsTimeOver())
                {
                    return EndEarly(last, pace, _position.Step > firstStep);
                }

                if (!loader.TryNext(out IReadOnlyList<TBatch> batches))
                {
                    break;
                }

                double rate = LearningRates.At(_options, _position.Step, _steps, warmUp);
                double loss = Step(batches, rate);
                _position = _position with { Step = _position.Step + 1, BatchInEpoch = _position.BatchInEpoch + 1 };
                last = pace.After(_position.Step, _position.Epoch + 1, _options.Epochs, loss, rate);
                _options.Progress?.Invoke(last);
                bool lastOfEpoch = _position.BatchInEpoch == stepsPerEpoch;
                if (lastOfEpoch)
                {
                    EndEpoch(last, pace);
                }

                if (lastOfEpoch || sinceCheckpoint.Elapsed.TotalMinutes >= _options.CheckpointMinutes)
                {
                    Save();
                    sinceCheckpoint.Restart();
                }
            }

            return _position.End;
        }
        catch (OperationCanceledException) when (_options.CancellationToken.IsCancellationRequested)
        {
            Save();
            if (_options.KeepBestOnCancellation && _position.Step > 0)
            {
                return TrainingEnd.Cancellation;
            }

            throw;
        }
    }

    private double Step(IReadOnlyList<TBatch> batches, double learningRate)
    {
        using var scope = NewDisposeScope();
        _optimizer.ZeroGradients();
        var losses = new Tensor[batches.Count];
        for (int part = 0; part < losses.Length; part++)
        {
            using var inner = NewDisposeScope();
            Tensor loss = _objective.Loss(batches[part], new(_position.Step, part));
            loss = losses.Length == 1 ? loss : loss * Constant.Of(1.0 / losses.Length);
            loss.backward();
            losses[part] = loss.detach().MoveToOuterDisposeScope();
        }

        if (_options.GradientClipNorm is { } norm)
        {
            nn.utils.clip_grad_norm_(_objective.Parameters.Select(p => p.Value).OfType<TorchSharp.Modules.Parameter>(), norm);
        }

        _optimizer.Step(learningRate);
        _average?.Follow(_position.Step);

        // Read behind the step: on CUDA the device goes on working meanwhile. Weights that are not finite are never saved (see Save).
        double sum = losses.Sum(loss => (double)loss.item<float>());
        return double.IsFinite(sum) ? sum : throw Diverged(_position.Step + 1, FormattableString.Invariant($"the loss is {sum}"));
    }

    /// <summary>The first step of a run is taken however little time there is.</summary>
    private bool IsTimeOver() => _position.Step > 0 && _options.MaxTrainingTime is { } limit && _secondsBefore + _clock.Elapsed.TotalSeconds >= limit.TotalSeconds;

    /// <summary>The time is over: the present weights have their chance, unless an epoch has just ended with it or nothing has moved since the last call.</summary>
    private TrainingEnd EndEarly(TrainingProgress progress, TrainingPace pace, bool hasMoved)
    {
        if (hasMoved && _position.BatchInEpoch > 0)
        {
            KeepBest(_position.Epoch + 1, progress, pace);
        }

        Save();
        return TrainingEnd.MaxTrainingTime;
    }

    private void EndEpoch(TrainingProgress progress, TrainingPace pace)
    {
        int epoch = _position.Epoch + 1;
        bool isLast = epoch == _options.Epochs;
        TrainingEnd end = epoch % _options.ValidationInterval == 0 || isLast ? KeepBest(epoch, progress, pace) : TrainingEnd.AllEpochs;
        _position = _position with { Epoch = epoch, BatchInEpoch = 0, Finished = isLast || end != TrainingEnd.AllEpochs, End = isLast ? TrainingEnd.AllEpochs : end };
    }

    /// <summary>Validates, and keeps the weights if they are the best so far.</summary>
    /// <returns>What ends the run early, or <see cref="TrainingEnd.AllEpochs"/>.</returns>
    private TrainingEnd KeepBest(int epoch, TrainingProgress progress, TrainingPace pace)
    {
        if (!_objective.Validates)
        {
            return TrainingEnd.AllEpochs;
        }

        RequireFinite(_position.Step);
        TrainingEvaluation evaluation;
        pace.Pause();
        _average?.Swap();
        try
        {
            evaluation = _objective.Evaluate(_options.CancellationToken);
        }
        finally
        {
            _average?.Swap();
            pace.Continue();
        }

        progress = progress with { Metric = evaluation.Metric, Metrics = evaluation.Metrics };
        _options.Progress?.Invoke(progress);

        // Not-a-number (no labelled pixel at all) must not keep the first weights for ever.
        if (!(evaluation.Metric <= _position.BestMetric))
        {
            _position = _position with { BestMetric = evaluation.Metric, BestEpoch = epoch - 1, ValidationsSinceBest = 0 };
            _bestEvaluation = evaluation;
            CopyToBest(_average?.Averages ?? _weights);
        }
        else
        {
            _position = _position with { ValidationsSinceBest = _position.ValidationsSinceBest + 1 };
        }

        return _options.StopWhen?.Invoke(progress) == true ? TrainingEnd.StopWhen
            : _position.ValidationsSinceBest >= _options.EarlyStoppingPatience ? TrainingEnd.EarlyStopping
            : TrainingEnd.AllEpochs;
    }

    private void CopyToBest(IReadOnlyList<(string Name, Tensor Value)> weights)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach ((string name, Tensor value) in weights)
        {
            if (!_best.TryGetValue(name, out Tensor? kept))
            {
                _best[name] = value.detach().clone().DetachFromDisposeScope();
            }
            else
            {
                kept.copy_(value.detach());
            }
        }
    }
}
