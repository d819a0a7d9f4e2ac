using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class HardGumbelSoftmaxTests
{
    [TestMethod]
    public void Values_and_gradients_equal_the_formula_in_PyTorch()
    {
        GoldenFile golden = GoldenFile.Open("n_losses.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        Tensor logits = TorchTest.Golden(golden, "gumbel.logits").requires_grad_();
        Tensor drawn = HardGumbelSoftmax.Draw(logits, TorchTest.Golden(golden, "gumbel.uniform"), temperature: 0.9);
        TorchTest.AssertClose(TorchTest.Golden(golden, "gumbel.hard_forward"), drawn.detach(), 1e-6, "what stands there");
        (drawn * TorchTest.Golden(golden, "gumbel.weight")).sum().backward();
        TorchTest.AssertClose(TorchTest.Golden(golden, "gumbel.grad"), logits.grad!, 1e-5, "gradients");
    }

    [TestMethod]
    public void Gradients_are_the_numeric_ones_of_the_softmax()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var generator = new Generator(5, CPU);
        Tensor logits = randn([1, 6, 2, 2], generator: generator).to(float64), uniform = rand([1, 6, 2, 2], generator: generator).to(float64), weight = randn([1, 6, 2, 2], generator: generator).to(float64);
        const double Temperature = 0.6, Step = 1e-6;
        double Soft(Tensor at)
        {
            Tensor noisy = at - (-uniform.log()).log();
            return ((noisy / Temperature).softmax(1) * weight).sum().item<double>();
        }

        Tensor free = logits.clone().to(float32).requires_grad_();
        (HardGumbelSoftmax.Draw(free, uniform.to(float32), Temperature) * weight.to(float32)).sum().backward();
        double[] found = [.. free.grad!.flatten().data<float>().ToArray().Select(value => (double)value)];
        for (int i = 0; i < found.Length; i++)
        {
            Tensor direction = zeros(found.Length, float64);
            direction[i] = Step;
            direction = direction.view(logits.shape);
            Assert.AreEqual((Soft(logits + direction) - Soft(logits - direction)) / (2 * Step), found[i], 1e-4, $"number {i}");
        }
    }

    [TestMethod]
    public void Tokens_are_drawn_by_their_probabilities()
    {
        // The Gumbel trick: the argmax of logits and noise is a draw from their softmax, whatever the temperature.
        using DisposeScope scope = TorchTest.NewScope();
        using var generator = new Generator(9, CPU);
        const int Draws = 40_000;
        double[] probabilities = [0.6, 0.3, 0.1];
        Tensor logits = tensor(probabilities).to(float32).log().view(1, 3, 1, 1).expand(1, 3, 200, Draws / 200);
        Tensor drawn = HardGumbelSoftmax.Draw(logits, rand(logits.shape, generator: generator), temperature: 0.3);
        double[] shares = [.. drawn.mean([0, 2, 3]).data<float>().ToArray().Select(value => (double)value)];
        for (int i = 0; i < probabilities.Length; i++)
        {
            Assert.AreEqual(probabilities[i], shares[i], 4 * Math.Sqrt(probabilities[i] * (1 - probabilities[i]) / Draws), $"token {i}");
        }
    }

    [TestMethod]
    public void Noise_at_the_ends_of_its_range_gives_numbers()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Tensor logits = tensor(new float[] { 1, 2, 3, 4 }).view(1, 4, 1, 1).requires_grad_();
        Tensor drawn = HardGumbelSoftmax.Draw(logits, tensor(new float[] { 0, 1, 0.5f, 1 }).view(1, 4, 1, 1), temperature: 0.1);
        drawn.select(1, 0).sum().backward();
        Assert.AreEqual(1, drawn.sum().item<float>(), 1e-6);
        Assert.IsTrue(logits.grad!.isfinite().all().item<bool>());
    }

    [TestMethod]
    public void The_temperature_falls_by_the_same_factor_in_each_step()
    {
        Assert.AreEqual(1, HardGumbelSoftmax.Temperature(1, 0.01, 0, 5), 1e-12);
        Assert.AreEqual(0.1, HardGumbelSoftmax.Temperature(1, 0.01, 2, 5), 1e-12);
        Assert.AreEqual(0.01, HardGumbelSoftmax.Temperature(1, 0.01, 4, 5), 1e-12);
        Assert.AreEqual(2, HardGumbelSoftmax.Temperature(2, 0.5, 0, 1), 1e-12);
    }
}
