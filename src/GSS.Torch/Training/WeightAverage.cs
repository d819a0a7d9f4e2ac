using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// An exponential moving average of weights: a ← d·a + (1 - d)·w after each step t = 0, 1, …, with d = min(decay, (1 + t) / (10 + t)), so that the first
/// weights are soon forgotten. What is not a floating-point number is copied.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly IReadOnlyList<(string Name, Tensor Value)> _weights;
    private readonly double _decay;

    /// <summary>Starts at the present weights.</summary>
    public WeightAverage(IReadOnlyList<(string Name, Tensor Value)> weights, double decay)
    {
        (_weights, _decay) = (weights, decay);
        using var noGrad = no_grad();
        Averages = [.. weights.Select(w => (w.Name, w.Value.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>The averages, in the order of the weights.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Averages { get; }

    /// <summary>Follows the weights after a step.</summary>
    /// <param name="step">The step, from 0.</param>
    public void Follow(long step)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        double decay = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        for (int i = 0; i < Averages.Count; i++)
        {
            (Tensor average, Tensor weight) = (Averages[i].Value, _weights[i].Value.detach());
            if (average.is_floating_point())
            {
                // a + (w - a)·(1 - d); the factor changes with the step, so it is a tensor and not a constant of the code.
                average.add_((weight - average).mul_(tensor((float)(1 - decay), device: average.device)), Constant.Of(1));
            }
            else
            {
                average.copy_(weight);
            }
        }
    }

    /// <summary>Exchanges averages and weights.</summary>
    public void Swap()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        for (int i = 0; i < Averages.Count; i++)
        {
            Tensor kept = _weights[i].Value.detach().clone();
            _weights[i].Value.copy_(Averages[i].Value);
            Averages[i].Value.copy_(kept);
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor average) in Averages)
        {
            average.Dispose();
        }
    }
}
