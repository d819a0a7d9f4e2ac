using GSS.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Learns one colour from noisy ones: the smallest objective there is, and the proof that the loop knows nothing of photographs.</summary>
internal sealed class ColorObjective(Func<int, double>? metric = null, int batches = 4) : TrainingObjective<float[]>, IDisposable
{
    private int _evaluations;

    /// <summary>What is learned, red, green and blue.</summary>
    public Parameter Color { get; } = new(zeros(3).DetachFromDisposeScope());

    public override string Name => "colour";

    public override IReadOnlyList<TrainedParameter> Parameters => [new("colour", Color, WeightDecay: 0)];

    public override IReadOnlyList<(string Name, Tensor Value)> Weights => [("colour", Color)];

    public override int BatchesPerEpoch => batches;

    public override bool Validates => metric is not null;

    public override float[] Make(int epoch, int index, float[]? used, CancellationToken stop) =>
        [.. new[] { 0.8, 0.2, 0.5 }.Select(mean => (float)(mean + (0.1 * TorchRandomness.At(1, epoch, index).NextDouble())))];

    public override Tensor Loss(float[] batch, TrainingStep step) => (Color - tensor(batch)).square().mean();

    public override TrainingEvaluation Evaluate(CancellationToken cancellation) => new(metric!(_evaluations++));

    public override IReadOnlyDictionary<string, byte[]> Export() => new Dictionary<string, byte[]> { ["colour"] = [.. Color.bytes] };

    public override void Describe(RunIdentity run) => run.Add("objective", Name);

    public void Dispose() => Color.Dispose();

    /// <summary>The colour found.</summary>
    public float[] Found() => [.. Color.detach().data<float>()];
}
