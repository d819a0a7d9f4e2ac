using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019, algorithm 2), betas 0.9 and 0.999, epsilon 1e-8.
/// Written out here because its state must be saved and restored exactly, and because TorchSharp's own makes its scalars on the fly
/// (see <see cref="Constant"/>).
/// </summary>
internal sealed class AdamW : IDisposable
{
    internal const double Beta1 = 0.9;
    internal const double Beta2 = 0.999;
    internal const double Epsilon = 1e-8;

    private readonly List<Slot> _slots = [];

    /// <summary>Makes the optimizer.</summary>
    /// <param name="parameters">Every parameter once, with its weight decay (0 for none).</param>
    public AdamW(IEnumerable<(string Name, Tensor Parameter, double WeightDecay)> parameters)
        : this(parameters.Select(p => new TrainedParameter(p.Name, p.Parameter, p.WeightDecay)))
    {
    }

    /// <summary>Makes the optimizer.</summary>
    /// <param name="parameters">Every parameter once.</param>
    public AdamW(IEnumerable<TrainedParameter> parameters)
    {
        using var noGrad = no_grad();
        foreach (TrainedParameter parameter in parameters)
        {
            _slots.Add(new(parameter, zeros_like(parameter.Value).DetachFromDisposeScope(), zeros_like(parameter.Value).DetachFromDisposeScope()));
        }
    }

    /// <summary>How many steps were taken.</summary>
    public long StepCount { get; set; }

    /// <summary>The running averages of gradients and squared gradients, by name: what a checkpoint keeps beside <see cref="StepCount"/>.</summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _slots.SelectMany(slot => new[] { (slot.Trained.Name + ".mean", slot.Mean), (slot.Trained.Name + ".square", slot.Square) });

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGradients()
    {
        using var scope = NewDisposeScope();
        foreach (Slot slot in _slots)
        {
            slot.Trained.Value.grad?.zero_();
        }
    }

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step(double learningRate)
    {
        StepCount++;
        int threads = get_num_threads();
        double correction1 = 1 - Math.Pow(Beta1, StepCount);
        double correction2 = 1 - Math.Pow(Beta2, StepCount);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();

        // Most parameters share these numbers, and each is a small copy to a GPU.
        var numbers = new Dictionary<(float Value, DeviceType Type, int Index), Tensor>();
        foreach (Slot slot in _slots)
        {
            if (slot.Trained.Value.grad is not { } gradient)
            {
                continue;
            }

            double rate = learningRate * slot.Trained.LearningRateFactor;
            if (AdamWSweep.CanSweep(slot.Trained.Value, gradient, slot.Mean, slot.Square))
            {
                var sweep = new AdamWSweep((float)(1 - (rate * slot.Trained.WeightDecay)), (float)(rate / correction1), (float)Math.Sqrt(correction2));
                sweep.Apply(slot.Trained.Value, gradient, slot.Mean, slot.Square, threads);
                continue;
            }

            Device device = slot.Trained.Value.device;
            Tensor stepSize = Number(rate / correction1, device), root = Number(Math.Sqrt(correction2), device);
            if (slot.Trained.WeightDecay > 0)
            {
                slot.Trained.Value.mul_(Number(1 - (rate * slot.Trained.WeightDecay), device));
            }

            using var inner = NewDisposeScope();
            slot.Mean.mul_(Constant.Of(Beta1)).add_(gradient, Constant.Of(1 - Beta1));
            slot.Square.mul_(Constant.Of(Beta2)).addcmul_(gradient, gradient, Constant.Of(1 - Beta2));
            Tensor denominator = slot.Square.sqrt().div_(root).add_(Constant.Of(Epsilon), Constant.Of(1));
            slot.Trained.Value.sub_(slot.Mean.div(denominator).mul_(stepSize));
        }

        Tensor Number(double value, Device device)
        {
            (float Value, DeviceType Type, int Index) key = ((float)value, device.type, device.index);
            return numbers.TryGetValue(key, out Tensor? known) ? known : numbers[key] = tensor(key.Value, device: device);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Slot slot in _slots)
        {
            slot.Mean.Dispose();
            slot.Square.Dispose();
        }
    }

    private sealed record Slot(TrainedParameter Trained, Tensor Mean, Tensor Square);
}

/// <summary>A parameter that training moves.</summary>
/// <param name="Name">Its name, the only one of its kind.</param>
/// <param name="Value">Its values.</param>
/// <param name="WeightDecay">Its weight decay, 0 for none.</param>
/// <param name="LearningRateFactor">Times the learning rate of the step: its own.</param>
internal readonly record struct TrainedParameter(string Name, Tensor Value, double WeightDecay, double LearningRateFactor = 1);
