using System.Globalization;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <content>What a run keeps in its workspace, how it goes on from there, and that no weight which is not a number gets there.</content>
internal sealed partial class TrainingLoop<TBatch>
{
    private void Save()
    {
        if (_options.WorkspacePath is not { } workspace)
        {
            return;
        }

        RequireFinite(_position.Step);
        if (_options.MaxTrainingTime is not null)
        {
            _position = _position with { Seconds = _secondsBefore + _clock.Elapsed.TotalSeconds };
        }

        using var scope = NewDisposeScope();
        IEnumerable<(string, Tensor)> Under(string prefix, IEnumerable<(string Name, Tensor Value)> tensors) =>
            tensors.Select(t => (prefix + t.Name, t.Value.detach().cpu()));
        TrainingCheckpoint.Save(workspace, _run.Values, _position,
        [
            .. Under(TrainingCheckpoint.Network, _weights),
            .. Under(TrainingCheckpoint.Best, _best.Select(p => (p.Key, p.Value))),
            .. Under(TrainingCheckpoint.Average, _average?.Averages ?? []),
            .. Under(TrainingCheckpoint.Optimizer, _optimizer.State),
            .. Under(TrainingCheckpoint.Objective, _objective.Bag()),
        ]);
    }

    private void Restore()
    {
        if (_options.WorkspacePath is not { } workspace || TrainingCheckpoint.Load(workspace, _run.Values) is not { } checkpoint)
        {
            return;
        }

        using (checkpoint)
        {
            using var noGrad = no_grad();
            _position = checkpoint.Position;
            _secondsBefore = _position.Seconds;
            checkpoint.CopyTo(TrainingCheckpoint.Network, _weights);
            checkpoint.CopyTo(TrainingCheckpoint.Optimizer, _optimizer.State);
            checkpoint.CopyTo(TrainingCheckpoint.Average, _average?.Averages ?? []);
            using (NewDisposeScope())
            {
                _objective.Restore(name => checkpoint.Read(TrainingCheckpoint.Objective + name));
            }

            _optimizer.StepCount = _position.Step;
            if (checkpoint.HasBest)
            {
                foreach ((string name, Tensor value) in _weights)
                {
                    _best[name] = zeros_like(value).DetachFromDisposeScope();
                }

                checkpoint.CopyTo(TrainingCheckpoint.Best, _best.Select(p => (p.Key, p.Value)));
            }
        }
    }

    /// <summary>Throws where a weight is not a finite number.</summary>
    private void RequireFinite(long step)
    {
        using var noGrad = no_grad();
        foreach ((string name, Tensor value) in _weights)
        {
            using var scope = NewDisposeScope();
            if (value.is_floating_point() && !value.isfinite().all().item<bool>())
            {
                throw Diverged(step, $"'{name}' holds a number that is not finite");
            }
        }
    }

    private TrainingDivergedException Diverged(long step, string found)
    {
        string clip = _options.GradientClipNorm is { } norm ? string.Create(CultureInfo.InvariantCulture, $"a smaller GradientClipNorm (it is {norm})") : "GradientClipNorm (1, for instance)";
        string kept = _options.WorkspacePath is { } workspace && File.Exists(Path.Combine(workspace, TrainingCheckpoint.FileName))
            ? $"; the last good checkpoint is still in '{workspace}', name another WorkspacePath for the next run"
            : "";
        return new(
            string.Create(CultureInfo.InvariantCulture, $"Training diverged at step {step} of {_steps}: {found}, expected a finite number. Train again with a smaller LearningRate (it is {_options.LearningRate}), with {clip} or with more WarmUpSteps{kept}."),
            step);
    }

    private void Dispose()
    {
        _optimizer.Dispose();
        _average?.Dispose();
        foreach (Tensor tensor in _best.Values)
        {
            tensor.Dispose();
        }
    }
}
