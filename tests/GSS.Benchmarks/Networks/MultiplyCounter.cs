using GSS.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>Counts the multiply-adds of a network while it runs once: convolutions, linear layers and products of attention.</summary>
internal static class MultiplyCounter
{
    /// <summary>The multiply-adds of one forward pass.</summary>
    public static long Count(NetworkUnderTest network)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Action> removals = [];
        long sum = 0;
        foreach (nn.Module module in network.Module.modules())
        {
            switch (module)
            {
                case Conv2d convolution:
                    Hook(convolution, (_, output) => output.numel() * convolution.weight.numel() / convolution.weight.shape[0]);
                    break;
                case DalleConvolution convolution:
                    Hook(convolution, (_, output) => output.numel() * convolution.Weight.numel() / convolution.Weight.shape[0]);
                    break;
                case Linear linear:
                    Hook(linear, (_, output) => output.numel() * linear.weight!.shape[1]);
                    break;
                case WindowAttention attention:
                    Hook(attention, (input, _) => Products(attention, input.shape));
                    break;
            }
        }

        network.Forward(network.Input);
        removals.ForEach(remove => remove());
        return sum;

        void Hook(nn.Module<Tensor, Tensor> module, Func<Tensor, Tensor, long> count)
        {
            var hook = module.register_forward_hook((_, input, output) =>
            {
                sum += count(input, output);
                return output;
            });
            removals.Add(hook.remove);
        }
    }

    /// <summary>Queries times keys, and weights times values, over whole windows.</summary>
    private static long Products(WindowAttention attention, long[] shape)
    {
        long window = attention.Window, tokens = window * window;
        long windows = shape[0] * ((shape[1] + window - 1) / window) * ((shape[2] + window - 1) / window);
        return 2 * windows * tokens * tokens * shape[3];
    }
}
