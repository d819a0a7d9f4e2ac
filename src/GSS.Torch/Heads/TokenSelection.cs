using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Between which tokens a trained network chooses, and how.</summary>
/// <param name="Codes">The decision that looks at all of them, with a code for each token of the tokenizer; null chooses the most likely one.</param>
/// <param name="Kept">The tokens that can be chosen, in ascending order; null means all.</param>
internal sealed record TokenSelection(DecisionByCodes? Codes, long[]? Kept)
{
    /// <summary>The most likely one of all.</summary>
    public static TokenSelection MostLikely { get; } = new(null, null);

    /// <summary>The decision between those kept, whose codes it has; null chooses the most likely one.</summary>
    public DecisionByCodes? Codes { get; } = Codes is null || Kept is null ? Codes : Codes with { Codes = Codes.Codes.index_select(0, Index(Kept, Codes.Codes)) };

    /// <summary>The rows of those kept, of a matrix or vector that has one for each token.</summary>
    public Tensor RowsOf(Tensor all) => Kept is null ? all : all.index_select(0, Index(Kept, all));

    /// <summary>Logits <c>[B, V, h, w]</c> to tokens, int64 <c>[B, h, w]</c>.</summary>
    public Tensor Choose(Tensor logits)
    {
        using var scope = NewDisposeScope();
        Tensor possible = Kept is null ? logits : logits.index_select(1, Index(Kept, logits));
        Tensor rows = Codes is null ? possible.argmax(1) : Codes.Choose(possible);
        return (Kept is null ? rows : Index(Kept, logits).index_select(0, rows.flatten()).view(rows.shape)).MoveToOuterDisposeScope();
    }

    private static Tensor Index(long[] kept, Tensor beside) => tensor(kept, device: beside.device);
}
