using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Layers that compute in bfloat16, against sums in 64 bits and the error that rounding each factor and each result can make.</summary>
[TestClass]
public sealed class BFloat16LayersTests
{
    /// <summary>Two factors and the result are rounded, each by 2⁻⁸ at most; a sum of products in 32 bits adds next to nothing.</summary>
    private static readonly double s_bound = Math.Pow(1 + BFloat16Layers.Rounding, 3) - 1 + 1e-5;

    [TestMethod]
    [DataRow("convolution", 3)]
    [DataRow("convolution", 1)]
    [DataRow("convolution of groups", 3)]
    [DataRow("linear", 0)]
    public void Results_and_gradients_err_by_rounding_alone_and_gradients_arrive_in_32_bits(string kind, int kernel)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using var generator = new Generator(3, CPU);
        nn.Module<Tensor, Tensor> Create() => kind == "linear" ? nn.Linear(9, 6) : nn.Conv2d(6, 4, kernel, stride: 2, padding: kernel / 2, groups: kind == "convolution" ? 1 : 2);
        using nn.Module<Tensor, Tensor> layer = Create(), exact = Create(), sizes = Create();
        exact.to(float64);
        sizes.to(float64);
        using (no_grad())
        {
            foreach ((string name, Parameter own) in layer.named_parameters())
            {
                own.normal_(0, 0.5, generator);
                exact.get_parameter(name)!.copy_(own);
                sizes.get_parameter(name)!.copy_(own.abs());
            }
        }

        Tensor input = kind == "linear" ? randn([5, 9], generator: generator) : randn([2, 6, 7, 5], generator: generator);
        Tensor leaf = input.clone().requires_grad_(true), exactLeaf = input.to(float64).requires_grad_(true), sizesLeaf = input.to(float64).abs().requires_grad_(true);
        Tensor output;
        using (BFloat16Layers.Begin())
        {
            output = layer is Conv2d convolution ? convolution.Compute(leaf) : ((Linear)layer).Compute(leaf);
        }

        Assert.AreEqual(ScalarType.BFloat16, output.dtype);
        Tensor expected = exact.call(exactLeaf), size = sizes.call(sizesLeaf);
        AssertWithin(expected, output, size, "output");

        // The gradient that comes in is rounded too: it is the second factor of the sums.
        Tensor factors = randn(output.shape, generator: generator);
        (output.to(float32) * factors).sum().backward();
        (expected * factors.to(float64)).sum().backward();
        (size * factors.to(float64).abs()).sum().backward();
        AssertWithin(exactLeaf.grad!, leaf.grad!, sizesLeaf.grad!, "gradient of the input");
        foreach ((string name, Parameter own) in layer.named_parameters())
        {
            Assert.AreEqual(ScalarType.Float32, own.grad!.dtype, name);
            AssertWithin(exact.get_parameter(name)!.grad!, own.grad!, sizes.get_parameter(name)!.grad!, name);
            Assert.IsTrue(own.grad!.to(bfloat16).to(float32).equal(own.grad!).all().item<bool>(), $"{name}: the gradient was computed in bfloat16");
        }
    }

    [TestMethod]
    public void Outside_the_scope_and_on_other_threads_layers_are_called_as_ever()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using Linear linear = nn.Linear(4, 3);
        using LayerNorm norm = nn.LayerNorm(4);
        Tensor input = randn(2, 4);
        Tensor expected = linear.call(input);
        using (BFloat16Layers.Begin())
        {
            using (BFloat16Layers.Begin())
            {
            }

            Assert.IsTrue(BFloat16Layers.Active, "after an inner scope");
            Assert.AreEqual(ScalarType.Float32, norm.Compute(input.to(bfloat16)).dtype, "a normalisation of a layer computes in 32 bits");
            bool elsewhere = true;
            var thread = new Thread(() => elsewhere = BFloat16Layers.Active);
            thread.Start();
            thread.Join();
            Assert.IsFalse(elsewhere);
        }

        Assert.IsFalse(BFloat16Layers.Active);
        CollectionAssert.AreEqual(expected.data<float>().ToArray(), linear.Compute(input).data<float>().ToArray());
    }

    private static void AssertWithin(Tensor expected, Tensor found, Tensor sumOfSizes, string what)
    {
        using var noGradient = no_grad();
        double worst = ((found.to(float64) - expected).abs() / sumOfSizes.clamp_min(1e-12)).max().item<double>();
        Assert.IsLessThan(s_bound, worst, what);
        Assert.IsGreaterThan(1e-4, worst, $"{what}: as exact as 32 bits");
    }
}
