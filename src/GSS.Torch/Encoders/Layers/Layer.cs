using GSS.Core;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>A part of a network that is made of TorchSharp's layers and knows its own ONNX.</summary>
internal abstract class Layer(string name) : Module<Tensor, Tensor>(name)
{
    /// <summary>What <c>forward</c> computes in evaluation, as ONNX operators for any batch, height and width; batch normalisations are folded into the convolutions before them.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="x">What <c>forward</c> takes.</param>
    public abstract OnnxValue ToOnnx(OnnxGraph graph, OnnxValue x);

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}
