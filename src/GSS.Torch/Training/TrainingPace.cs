using System.Diagnostics;

namespace GSS.Torch;

/// <summary>How fast training goes and how long it will take, from what it took so far.</summary>
internal sealed class TrainingPace(long firstStep, long steps, int batchSize)
{
    private readonly Stopwatch _all = Stopwatch.StartNew();
    private readonly Stopwatch _training = Stopwatch.StartNew();
    private double _loss = double.NaN;

    public void Pause() => _training.Stop();

    public void Continue() => _training.Start();

    public TrainingProgress After(long step, int epoch, int epochs, double loss, double learningRate)
    {
        _loss = double.IsNaN(_loss) ? loss : (0.95 * _loss) + (0.05 * loss);
        double done = Math.Max(1, step - firstStep);
        return new()
        {
            Epoch = epoch,
            Epochs = epochs,
            Step = step,
            Steps = steps,
            Loss = _loss,
            LearningRate = learningRate,
            SamplesPerSecond = done * batchSize / Math.Max(1e-3, _training.Elapsed.TotalSeconds),
            Elapsed = _all.Elapsed,
            Remaining = _all.Elapsed / done * (steps - step),
        };
    }
}
