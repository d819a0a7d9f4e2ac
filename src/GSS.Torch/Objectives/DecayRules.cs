using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Which parameters AdamW's weight decay shrinks.</summary>
internal static class DecayRules
{
    // The reference tells by parts of names, so a BatchNorm called "bn" and a LayerNorm called "swin_ln" do decay.
    private static readonly string[] s_spared = ["absolute_pos_embed", "relative_position_bias_table", "norm"];

    /// <summary>Whether a parameter decays.</summary>
    /// <param name="name">Its name in the network, in the reference's words.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="recipe">Ours: weights of convolutions and linear layers. The reference's: everything but some names, biases and BatchNorm included.</param>
    public static bool Applies(string name, Tensor parameter, TrainingRecipe recipe)
    {
        bool spared = s_spared.Any(part => name.Contains(part, StringComparison.Ordinal));
        return !spared && (recipe == TrainingRecipe.Reference || parameter.dim() > 1);
    }
}
