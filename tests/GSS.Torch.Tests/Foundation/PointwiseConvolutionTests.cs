using CsCheck;
using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
[DoNotParallelize] // the number of threads belongs to the process
public sealed class PointwiseConvolutionTests
{
    [TestMethod]
    [Description("The other side is a sum by einsum in 64 bits: libtorch's own 1x1 convolution writes beyond its memory for some of these shapes, through oneDNN (uxlfoundation/oneDNN issue 6035).")]
    public void A_product_of_matrices_gives_what_the_sum_over_channels_gives_gradients_too()
    {
        using DisposeScope outer = TorchTest.NewScope();
        int threads = get_num_threads();
        set_num_threads(1);
        try
        {
            Gen.Select(Gen.Int[1, 18], Gen.Int[1, 40], Gen.Int[1, 9], Gen.Bool, Gen.Int[1, 2]).Sample(
                (batch, height, width, channelsLast, stride) =>
                {
                    using DisposeScope scope = NewDisposeScope();
                    using Conv2d convolution = nn.Conv2d(5, 3, 1, stride: stride);
                    Tensor input = channelsLast ? randn(batch, height, width, 5).permute(0, 3, 1, 2) : randn(batch, 5, height, width);
                    Tensor weights = randn(batch, 3, (height + stride - 1) / stride, (width + stride - 1) / stride);
                    (Tensor Output, Tensor Input, Tensor Weight, Tensor Bias) Run(Func<Tensor, Tensor> forward)
                    {
                        Tensor leaf = input.detach().requires_grad_(true);
                        convolution.zero_grad();
                        Tensor output = forward(leaf);
                        (output * weights).sum().backward();
                        return (output, leaf.grad!, convolution.weight.grad!.clone(), convolution.bias!.grad!.clone());
                    }

                    var expected = Run(leaf =>
                    {
                        Tensor stepped = leaf.slice(2, 0, height, stride).slice(3, 0, width, stride).to(ScalarType.Float64);
                        return einsum("bchw,oc->bohw", stepped, convolution.weight.flatten(1).to(ScalarType.Float64)) + convolution.bias!.view(1, -1, 1, 1).to(ScalarType.Float64);
                    });
                    var found = Run(convolution.CallPointwise);
                    TorchTest.AssertClose(expected.Output.to(ScalarType.Float32), found.Output, 1e-5, "output");
                    TorchTest.AssertClose(expected.Input, found.Input, 1e-5, "gradient of the input");
                    TorchTest.AssertClose(expected.Weight, found.Weight, 1e-4, "gradient of the weights");
                    TorchTest.AssertClose(expected.Bias, found.Bias, 1e-4, "gradient of the bias");
                },
                iter: 60,
                threads: 1);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [TestMethod]
    [Description("oneDNN ends the process with a division by zero for this convolution on some AMD processors: pytorch/pytorch issue 177227.")]
    public void A_reported_shape_does_not_end_the_process()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using Conv2d convolution = nn.Conv2d(1536, 32, 1, bias: false);
        Tensor input = randn(1, 1536, 1, 32);

        Tensor expected = einsum("bchw,oc->bohw", input.to(ScalarType.Float64), convolution.weight.squeeze(-1).squeeze(-1).to(ScalarType.Float64));
        TorchTest.AssertClose(expected.to(ScalarType.Float32).detach(), convolution.CallPointwise(input).detach(), 1e-4, "output");
    }
}
