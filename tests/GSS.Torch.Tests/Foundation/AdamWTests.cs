using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class AdamWTests
{
    private const double Decay = 0.1;

    [TestMethod]
    public void Twenty_steps_equal_the_published_update_in_double_precision()
    {
        using DisposeScope scope = TorchTest.NewScope();
        (Tensor first, Tensor second) = Parameters();
        using var optimizer = new AdamW([("first", first, Decay), ("second", second, 0)]);
        double[] naiveFirst = Doubles(first), naiveSecond = Doubles(second);
        double[] m1 = new double[6], v1 = new double[6], m2 = new double[4], v2 = new double[4];
        for (int step = 0; step < 20; step++)
        {
            double rate = 0.01 / (1 + step);
            Differentiate(optimizer, first, second, step);
            NaiveStep(naiveFirst, Doubles(first.grad!), m1, v1, rate, Decay, step + 1);
            NaiveStep(naiveSecond, Doubles(second.grad!), m2, v2, rate, 0, step + 1);
            optimizer.Step(rate);
        }

        Assert.AreEqual(20, optimizer.StepCount);
        for (int i = 0; i < 6; i++)
        {
            Assert.AreEqual(naiveFirst[i], Doubles(first)[i], 2e-6);
        }

        for (int i = 0; i < 4; i++)
        {
            Assert.AreEqual(naiveSecond[i], Doubles(second)[i], 2e-6);
        }
    }

    [TestMethod]
    public void A_restored_state_goes_on_bit_by_bit()
    {
        using DisposeScope scope = TorchTest.NewScope();
        (Tensor first, Tensor second) = Parameters();
        using var optimizer = new AdamW([("first", first, Decay), ("second", second, 0)]);
        Steps(optimizer, first, second, 0, 7);

        (Tensor laterFirst, Tensor laterSecond) = (Copy(first), Copy(second));
        using var restored = new AdamW([("first", laterFirst, Decay), ("second", laterSecond, 0)]) { StepCount = optimizer.StepCount };
        using (no_grad())
        {
            foreach (((string name, Tensor value), (string restoredName, Tensor target)) in optimizer.State.Zip(restored.State))
            {
                Assert.AreEqual(name, restoredName);
                target.copy_(value);
            }
        }

        Steps(optimizer, first, second, 7, 15);
        Steps(restored, laterFirst, laterSecond, 7, 15);
        CollectionAssert.AreEqual(Doubles(first), Doubles(laterFirst));
        CollectionAssert.AreEqual(Doubles(second), Doubles(laterSecond));
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(7)]
    [DataRow(32_768)]
    [DataRow(100_003)]
    public void One_sweep_over_memory_equals_tensor_operations(int count)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var generator = new Generator(3);
        Tensor start = rand([count], generator: generator) - 0.5f;

        // Every second column of a matrix does not lie one behind the other: such a parameter goes by tensor operations.
        Tensor swept = start.clone().requires_grad_(), spread = zeros(count, 2).select(1, 0).copy_(start).requires_grad_();
        using var one = new AdamW([("swept", swept, Decay)]);
        using var other = new AdamW([("spread", spread, Decay)]);
        for (int step = 0; step < 5; step++)
        {
            Tensor gradient = rand([count], generator: generator) - 0.5f;
            foreach ((AdamW optimizer, Tensor parameter) in new[] { (one, swept), (other, spread) })
            {
                optimizer.ZeroGradients();
                (parameter * gradient).sum().backward();
                optimizer.Step(0.01);
            }
        }

        Assert.IsTrue(AdamWSweep.CanSweep(swept, swept.grad!));
        Assert.IsFalse(AdamWSweep.CanSweep(spread));
        Assert.IsLessThan(2e-6, (swept - spread).abs().max().item<float>());
        Assert.IsGreaterThan(1e-3, (swept - start).abs().max().item<float>());
    }

    [TestMethod]
    public void A_sweep_gives_the_same_bits_with_any_number_of_threads()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var generator = new Generator(4);
        Tensor[] first = [.. Enumerable.Range(0, 4).Select(_ => rand([100_003], generator: generator))];
        Tensor[] second = [.. first.Select(tensor => tensor.clone())];
        var sweep = new AdamWSweep(0.999f, 0.01f, 0.03f);
        double before = first[0].sum().item<float>();
        sweep.Apply(first[0], first[1], first[2], first[3], threads: 1);
        sweep.Apply(second[0], second[1], second[2], second[3], threads: 3);
        Assert.AreNotEqual(before, first[0].sum().item<float>());
        for (int i = 0; i < first.Length; i++)
        {
            CollectionAssert.AreEqual(Doubles(first[i]), Doubles(second[i]));
        }
    }

    [TestMethod]
    public void Every_parameter_and_gradient_of_a_training_step_lies_as_a_sweep_needs_it()
    {
        using DisposeScope scope = TorchTest.NewScope();
        PerPixelOptions options = TinyTraining.PerPixel(null);
        using var trained = new TrainedPerPixel(SegmentationRun.CreateNetwork(options, 3, 0, options.Head, 4, CPU), TinyTraining.Classes, CPU);
        var objective = new PerPixelObjective(options, TinyTraining.Samples(), null, trained);
        objective.Prepare(default);
        objective.Loss(objective.Make(0, 0, null, default), new(0, 0)).backward();
        string[] others = [.. objective.Parameters.Where(parameter => !AdamWSweep.CanSweep(parameter.Value, parameter.Value.grad!)).Select(parameter => parameter.Name)];
        Assert.IsEmpty(others, string.Join(", ", others));
    }

    [TestMethod]
    public void The_smallest_gradients_are_damped()
    {
        // The first step is rate * g / (|g| + 1e-8).
        using DisposeScope scope = TorchTest.NewScope();
        Tensor parameter = zeros(2).requires_grad_();
        using var optimizer = new AdamW([("parameter", parameter, 0)]);
        (parameter * tensor(new float[] { 1e-8f, -3e-8f })).sum().backward();
        optimizer.Step(0.1);
        Assert.AreEqual(-0.05, Doubles(parameter)[0], 1e-5);
        Assert.AreEqual(0.075, Doubles(parameter)[1], 1e-5);
    }

    [TestMethod]
    public void A_parameter_without_a_gradient_stays()
    {
        using DisposeScope scope = TorchTest.NewScope();
        (Tensor first, Tensor second) = Parameters();
        using var optimizer = new AdamW([("first", first, Decay), ("second", second, Decay)]);
        double[] before = Doubles(second);
        first.square().sum().backward();
        optimizer.Step(0.1);
        CollectionAssert.AreEqual(before, Doubles(second));
    }

    /// <summary>Algorithm 2 of Loshchilov and Hutter (2019), as PyTorch documents it.</summary>
    private static void NaiveStep(double[] parameter, double[] gradient, double[] mean, double[] square, double rate, double decay, int step)
    {
        for (int i = 0; i < parameter.Length; i++)
        {
            parameter[i] -= rate * decay * parameter[i];
            mean[i] = (0.9 * mean[i]) + (0.1 * gradient[i]);
            square[i] = (0.999 * square[i]) + (0.001 * gradient[i] * gradient[i]);
            double meanHat = mean[i] / (1 - Math.Pow(0.9, step)), squareHat = square[i] / (1 - Math.Pow(0.999, step));
            parameter[i] -= rate * meanHat / (Math.Sqrt(squareHat) + 1e-8);
        }
    }

    private static (Tensor First, Tensor Second) Parameters() => (
        tensor(new float[] { 0.5f, -1, 2, 0, 3, -0.25f }).reshape(2, 3).requires_grad_(),
        tensor(new float[] { 1, -2, 0.1f, 7 }).requires_grad_());

    private static Tensor Copy(Tensor parameter) => parameter.detach().clone().requires_grad_();

    private static void Steps(AdamW optimizer, Tensor first, Tensor second, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            Differentiate(optimizer, first, second, step);
            optimizer.Step(0.02);
        }
    }

    /// <summary>Gradients of a function that is different at each step.</summary>
    private static void Differentiate(AdamW optimizer, Tensor first, Tensor second, int step)
    {
        optimizer.ZeroGradients();
        Tensor loss = (first - tensor(0.1f * step)).square().sum() + ((second * tensor(0.3f)).sin() * first.sum()).sum();
        loss.backward();
    }

    private static double[] Doubles(Tensor values) => [.. values.detach().to(float64).data<double>()];
}
