using GSS.Core;
using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Training in bfloat16 with 32-bit weights, on the CPU by the switch that only tests have.</summary>
[TestClass]
public sealed class BFloat16TrainingTests
{
    [TestMethod]
    public void The_gradient_of_a_step_differs_from_that_in_32_bits_by_rounding()
    {
        using DisposeScope scope = TorchTest.NewScope();
        GenerativeOptions options = TinyTraining.Options(null) with { BatchSize = 8 };
        (double exactLoss, Tensor exact) = Gradient(options);
        (double loss, Tensor found) = Gradient(BFloat16(options));

        // What rounding the weights alone does in 32 bits tells how much the network makes of a rounding; inputs, results and gradients of layers are rounded as well.
        (_, Tensor rounded) = Gradient(options, roundWeights: true);
        double Distance(Tensor other) => (other - exact).norm().item<float>() / exact.norm().item<float>();
        Assert.AreEqual(exactLoss, loss, exactLoss * BFloat16Layers.Rounding);
        Assert.IsLessThan(4 * Distance(rounded), Distance(found));
        Assert.IsGreaterThan(Distance(rounded), Distance(found));
    }

    [TestMethod]
    public void The_loss_is_computed_in_32_bits()
    {
        using DisposeScope scope = TorchTest.NewScope();
        PerPixelOptions options = BFloat16(TinyTraining.PerPixel(null));
        using var trained = new TrainedPerPixel(SegmentationRun.CreateNetwork(options, 3, 3, options.Head, 4, CPU), TinyTraining.Classes, CPU);
        var objective = new LogitsObjective(options, trained);
        Tensor logits = objective.Loss(objective.Make(0, 0, null, default), new(0, 0));
        Assert.IsTrue(logits.to(bfloat16).to(float32).equal(logits).all().item<bool>(), "from layers that compute in bfloat16");
    }

    [TestMethod]
    public void A_run_learns_what_it_learns_in_32_bits()
    {
        using DisposeScope scope = TorchTest.NewScope();
        List<double> losses = [];
        PerPixelOptions options = TinyTraining.PerPixel(null) with { Epochs = 16, LearningRate = 5e-3, CropWidth = 32, PhotometricDistortion = false };
        using TrainedPerPixel exact = TinyTraining.Run(TinyTraining.Samples(), options);
        using TrainedPerPixel reduced = TinyTraining.Run(TinyTraining.Samples(), BFloat16(options) with { Progress = progress => losses.Add(progress.Loss) });
        int equal = 0, all = 0;
        for (int i = 0; i < 9; i++)
        {
            RgbImage image = TinyTraining.Samples().Read(i).Image;
            (LabelMap first, LabelMap second) = (exact.Predict(image), reduced.Predict(image));
            for (int at = 0; at < first.Ids.Length; at++)
            {
                equal += first.Ids[at] == second.Ids[at] ? 1 : 0;
                all++;
            }
        }

        Assert.IsLessThan(0.6 * losses[0], losses[^1]);
        Assert.IsGreaterThan(0.85, (double)equal / all, "pixels of the same class as after 32 bits");
    }

    [TestMethod]
    public void Weights_gather_steps_that_bfloat16_could_not_hold()
    {
        // A bias of 1 that learns 0 by steps of 1e-4 at most: bfloat16 knows nothing between 1 and 1 - 2⁻⁸, so each step alone would be lost.
        using DisposeScope scope = TorchTest.NewScope();
        using var objective = new LinearObjective();
        List<float> values = [];
        var options = new TrainingOptions { Epochs = 1, LearningRate = 1e-4, WarmUpSteps = 0, WeightDecay = 0 };
        TrainingLoop<object>.Run(objective, BFloat16(options) with { Progress = _ => values.Add(objective.Layer.bias!.item<float>()) });
        Assert.AreEqual(ScalarType.Float32, objective.Layer.bias!.dtype);
        float before = 1;
        foreach (float value in values)
        {
            Assert.IsTrue(value < before, $"a step from {before} to {value}");
            Assert.AreEqual(1f, (1 - tensor(before - value)).to(bfloat16).to(float32).item<float>(), "the step alone, in bfloat16");
            before = value;
        }

        Assert.AreEqual(300, values.Count);
        Assert.AreEqual(300 * 1e-4 / 2, 1 - before, 1e-4, "steps of a rate that falls to 0 on a straight line");
    }

    [TestMethod]
    public void A_run_broken_off_goes_on_to_the_weights_of_an_unbroken_one_and_is_another_run_than_in_32_bits()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        GenerativeOptions options = BFloat16(TinyTraining.Options(folder.FullName)) with { EmaDecay = 0.9, GradientAccumulation = 2, GradientClipNorm = 1, CropWidth = 32 };
        Assert.Throws<OperationCanceledException>(() => TinyTraining.Run(TinyTraining.Samples(), options with
        {
            CancellationToken = cancellation.Token,
            Progress = progress =>
            {
                if (progress.Step == 3)
                {
                    cancellation.Cancel();
                }
            },
        }));
        string message = Assert.ThrowsExactly<WorkspaceException>(() => TinyTraining.Run(TinyTraining.Samples(), options with { Precision = TrainingPrecision.Float32 })).Message;
        StringAssert.Contains(message, "belongs to another training run (Precision was BFloat16 and is Float32)");
        using TrainedPrior continued = TinyTraining.Run(TinyTraining.Samples(), options);
        using TrainedPrior unbroken = TinyTraining.Run(TinyTraining.Samples(), options with { WorkspacePath = null });
        using TrainedPrior exact = TinyTraining.Run(TinyTraining.Samples(), options with { WorkspacePath = null, Precision = TrainingPrecision.Float32 });
        Assert.AreEqual(TinyTraining.Hash(unbroken), TinyTraining.Hash(continued));
        Assert.AreNotEqual(TinyTraining.Hash(exact), TinyTraining.Hash(continued));
    }

    [TestMethod]
    public void It_is_refused_on_a_CPU_that_has_no_instructions_for_it_and_where_an_objective_knows_nothing_of_it()
    {
        GenerativeOptions options = TinyTraining.Options(null) with { Precision = TrainingPrecision.BFloat16 };
        Assert.AreEqual("Precision is 7, expected Float32, BFloat16 or Auto.", new TrainingOptions { Precision = (TrainingPrecision)7 }.Faults().Single());
        if (BFloat16Hardware.IsFast())
        {
            using TrainedPrior trained = TinyTraining.Run(TinyTraining.Samples(), options);
            Assert.AreEqual(TrainingPrecision.BFloat16, trained.Precision);
        }
        else
        {
            Assert.AreEqual(
                "The training options have 1 fault: Precision is BFloat16, expected Auto or Float32 where Device is Cpu and the processor has no AVX512_BF16.",
                Assert.ThrowsExactly<ArgumentException>(() => TinyTraining.Run(TinyTraining.Samples(), options)).Message);
            if (!cuda_is_available())
            {
                Assert.AreEqual(
                    "Precision is BFloat16, but training runs on a CPU without AVX512_BF16, expected a CPU with it or a CUDA device; choose Auto or Float32, or install a CUDA build of libtorch (GSS_LIBTORCH or -p:GssDevice=cuda).",
                    Assert.ThrowsExactly<InvalidOperationException>(() => TinyTraining.Run(TinyTraining.Samples(), options with { Device = TrainingDevice.Auto })).Message);
            }
        }

        using DisposeScope scope = TorchTest.NewScope();
        using var color = new ColorObjective();
        Assert.AreEqual(
            "Precision is BFloat16, expected Float32: the colour is trained in 32 bits alone.",
            Assert.ThrowsExactly<NotSupportedException>(() => TrainingLoop<float[]>.Run(color, BFloat16(new TrainingOptions()))).Message);
        TrainingLoop<float[]>.Run(color, new TrainingOptions { Epochs = 1, Precision = TrainingPrecision.Auto });
    }

    [TestMethod]
    public void Auto_is_what_the_processor_is_good_at()
    {
        using DisposeScope scope = TorchTest.NewScope();
        PerPixelOptions options = TinyTraining.PerPixel(null) with { Epochs = 1, Device = TrainingDevice.Cpu, Precision = TrainingPrecision.Auto };
        TrainingPrecision expected = BFloat16Hardware.IsFast() ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32;
        Assert.AreEqual(TrainingPrecision.BFloat16, (options with { BFloat16OnCpu = true }).PrecisionOn(CPU), "with the instructions");
        Assert.AreEqual(TrainingPrecision.Float32, (options with { BFloat16OnCpu = true }).PrecisionOn(new Device(DeviceType.CUDA)), "on a CUDA device it is to be asked for");
        using TrainedPerPixel found = TinyTraining.Run(TinyTraining.Samples(), options);
        using TrainedPerPixel same = TinyTraining.Run(TinyTraining.Samples(), options with { Precision = expected });
        using TrainedPerPixel other = TinyTraining.Run(TinyTraining.Samples(), BFloat16(options) with { Precision = expected == TrainingPrecision.BFloat16 ? TrainingPrecision.Float32 : TrainingPrecision.BFloat16 });
        Assert.AreEqual(expected, found.Precision);
        Assert.AreEqual(TinyTraining.Hash(same), TinyTraining.Hash(found));
        Assert.AreNotEqual(TinyTraining.Hash(other), TinyTraining.Hash(found));
    }

    // Made-up processors: the highest leaf, the highest subleaf of leaf 7, and EAX of leaf 7, subleaf 1, where bit 5 is AVX512_BF16 (Intel's manual, volume 2, CPUID).
    [TestMethod]
    [DataRow(0x10, 0, 0, false)]
    [DataRow(0x10, 1, 0x20, true)]
    [DataRow(0x16, 0, 0, false)]
    [DataRow(0x16, 1, 0x20, true)]
    [DataRow(0x20, 1, 0x1C30, true)]
    [DataRow(0x20, 1, 0x1C10, false)]
    [DataRow(4, 1, 0x20, false)]
    public void A_processor_says_whether_it_has_instructions_for_it(int highest, int subleaves, int features, bool expected) =>
        Assert.AreEqual(expected, BFloat16Hardware.IsFast((leaf, subleaf) => (leaf, subleaf) switch
        {
            (0, _) => (highest, 0, 0, 0),
            (7, 0) => (subleaves, 0, 0, 0),
            (7, 1) => (features, 0, 0, 0),
            _ => throw new InvalidOperationException($"leaf {leaf}, {subleaf}"),
        }));

    /// <summary>The loss of one batch and its gradient by all parameters, one behind the other.</summary>
    private static (double Loss, Tensor Gradient) Gradient(GenerativeOptions options, bool roundWeights = false)
    {
        LatentPriorNetwork network = SegmentationRun.CreateNetwork(options, options.Tokenizer.VocabularySize, 3, options.TokenHead, 4, CPU);
        using var trained = new TrainedPrior(network, options.Tokenizer.CreateNetwork(), TinyTraining.Classes, MaskigePalette.MaximalDistance(3), options, CPU, null);
        var objective = new GenerativeObjective(options, TinyTraining.Samples(), null, trained);
        objective.Prepare(default);
        using (no_grad())
        {
            foreach (Parameter parameter in network.parameters().Where(parameter => roundWeights && parameter.dim() > 1))
            {
                parameter.copy_(parameter.to(bfloat16));
            }
        }

        Tensor loss = objective.Loss(objective.Make(0, 0, null, default), new(0, 0));
        Assert.AreEqual(ScalarType.Float32, loss.dtype);
        loss.backward();
        return (loss.item<float>(), cat([.. objective.Parameters.Select(parameter => parameter.Value.grad!.flatten())]));
    }

    private static T BFloat16<T>(T options)
        where T : TrainingOptions => options with { Precision = TrainingPrecision.BFloat16, BFloat16OnCpu = true };

    /// <summary>Gives back as its loss what a loss would be computed from.</summary>
    private sealed class LogitsObjective(PerPixelOptions options, TrainedPerPixel trained) : SegmentationObjective(options, TinyTraining.Samples(), null, trained)
    {
        public override string Name => "logits";

        protected override Tensor Loss(Tensor images, Tensor dropout, Tensor labels, TrainingStep step)
        {
            using IDisposable? layers = Precision();
            (Tensor logits, Tensor? auxiliary) = Network.ForwardWithAuxiliary(images, dropout);
            return cat([logits.to(ScalarType.Float32), auxiliary!.to(ScalarType.Float32)], 1);
        }

        protected override Tensor Targets(Tensor labels) => labels;
    }

    /// <summary>A linear layer of one weight that stands still at 0 and one bias that begins at 1 and should be 0.</summary>
    private sealed class LinearObjective : TrainingObjective<object>, IDisposable
    {
        public LinearObjective()
        {
            using var noGradient = no_grad();
            Layer.weight!.zero_();
            Layer.bias!.fill_(1);
        }

        public Linear Layer { get; } = nn.Linear(1, 1);

        public override string Name => "bias";

        public override IReadOnlyList<TrainedParameter> Parameters => [new("bias", Layer.bias!, WeightDecay: 0)];

        public override IReadOnlyList<(string Name, Tensor Value)> Weights => [("bias", Layer.bias!)];

        public override int BatchesPerEpoch => 300;

        public override bool KnowsBFloat16 => true;

        public override object Make(int epoch, int index, object? used, CancellationToken stop) => this;

        public override Tensor Loss(object batch, TrainingStep step)
        {
            using IDisposable layers = BFloat16Layers.Begin();
            return Layer.Compute(zeros(4, 1)).to(ScalarType.Float32).square().mean();
        }

        public override IReadOnlyDictionary<string, byte[]> Export() => throw new NotSupportedException();

        public override void Describe(RunIdentity run) => run.Add("objective", Name);

        public void Dispose() => Layer.Dispose();
    }
}
