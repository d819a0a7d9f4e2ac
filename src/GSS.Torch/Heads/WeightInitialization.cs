using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>First weights as in the reference: convolutions Kaiming normal (fan out), normalisations 1 and 0, the last normalisation of each residual block 0, linear layers of the encoder and position tables of Swin N(0, 0.02), those of the head the framework's own, classifiers N(0, 0.01) with bias 0.</summary>
internal static class WeightInitialization
{
    public static void Apply(LatentPriorNetwork network, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using var generator = new Generator((ulong)seed, CPU);
        foreach (nn.Module module in network.modules())
        {
            if (module is Conv2d convolution)
            {
                long[] shape = convolution.weight.shape;
                convolution.weight.normal_(0, Math.Sqrt(2.0 / (shape[0] * shape[2] * shape[3])), generator);
                convolution.bias?.zero_();
            }
            else if (module is Linear linear)
            {
                linear.weight!.normal_(0, 0.02, generator);
                linear.bias?.zero_();
            }
            else if (module is IFirstWeights own)
            {
                own.DrawFirstWeights(generator);
            }
        }

        foreach (nn.Module module in network.Head.modules())
        {
            // Without a word about them in the reference, these keep the framework's own: uniform up to one by the root of the inputs.
            if (module is Linear linear)
            {
                double bound = 1 / Math.Sqrt(linear.weight!.shape[1]);
                linear.weight.uniform_(-bound, bound, generator);
                linear.bias?.uniform_(-bound, bound, generator);
            }
        }

        foreach (Conv2d? classifier in new[] { network.Head.Classifier, network.Head.Auxiliary })
        {
            classifier?.weight.normal_(0, 0.01, generator);
            classifier?.bias!.zero_();
        }
    }
}
