using static TorchSharp.torch;

namespace GSS.Torch;

/// <content>What a run keeps in its workspace, and how it goes on from there.</content>
public sealed partial class LatentPriorTraining
{
    private void Save()
    {
        if (_options.WorkspacePath is not { } workspace)
        {
            return;
        }

        using var scope = NewDisposeScope();
        IEnumerable<(string, Tensor)> Under(string prefix, IEnumerable<(string Name, Tensor Value)> tensors) =>
            tensors.Select(t => (prefix + t.Name, t.Value.detach().cpu()));
        TrainingCheckpoint.Save(workspace, _run, _position,
        [
            .. Under(TrainingCheckpoint.Network, Network.state_dict().Select(p => (p.Key, p.Value))),
            .. Under(TrainingCheckpoint.Best, _best.Select(p => (p.Key, p.Value))),
            .. Under(TrainingCheckpoint.Optimizer, _optimizer.State),
        ]);
    }

    private void Restore()
    {
        if (_options.WorkspacePath is not { } workspace || TrainingCheckpoint.Load(workspace, _run) is not { } checkpoint)
        {
            return;
        }

        using (checkpoint)
        {
            using var noGrad = no_grad();
            _position = checkpoint.Position;
            checkpoint.CopyTo(TrainingCheckpoint.Network, Network.state_dict().Select(p => (p.Key, p.Value)));
            checkpoint.CopyTo(TrainingCheckpoint.Optimizer, _optimizer.State);
            _optimizer.StepCount = _position.Step;
            if (checkpoint.HasBest)
            {
                foreach ((string name, Tensor value) in Network.state_dict())
                {
                    _best[name] = zeros_like(value).DetachFromDisposeScope();
                }

                checkpoint.CopyTo(TrainingCheckpoint.Best, _best.Select(p => (p.Key, p.Value)));
            }
        }
    }

    private static void CopyState(Dictionary<string, Tensor> from, Dictionary<string, Tensor> to)
    {
        using var noGrad = no_grad();
        foreach ((string name, Tensor value) in from)
        {
            to[name].copy_(value);
        }
    }
}
