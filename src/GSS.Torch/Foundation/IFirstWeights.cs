using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>A layer of our own that has first weights of its own. Those of the TorchSharp layers inside it are drawn by their kind.</summary>
internal interface IFirstWeights
{
    /// <summary>Draws them; without gradients, inside a dispose scope.</summary>
    void DrawFirstWeights(Generator generator);
}
