using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>The codebook <c>[V, D]</c>: nearest code for an encoder output, and back. Trained by exponential moving averages, not by gradients.</summary>
internal sealed class VectorQuantizer : nn.Module
{
    private readonly Tensor codebook;

    public VectorQuantizer(int vocabularySize, int codeSize)
        : base(nameof(VectorQuantizer))
    {
        codebook = zeros(vocabularySize, codeSize);
        register_buffer(nameof(codebook), codebook);
    }

    public Tensor Codebook => get_buffer(nameof(codebook))!;

    /// <summary>
    /// Makes the codebook the grid of a finite scalar quantiser (Mentzer et al., ICLR 2024): each of the D numbers of a code has a few fixed levels in -1..1.
    /// The nearest entry is then the code with each number rounded by itself. For comparison only: the default tokenizer learns its codebook.
    /// </summary>
    public void SetGrid(ReadOnlySpan<int> levels)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] axes = [.. levels.ToArray().Select(count => linspace(-1, 1, count))];
        Codebook.copy_(cartesian_prod(axes).view(Codebook.shape));
    }

    /// <summary>Codes <c>[B, D, h, w]</c> → index of the nearest codebook row, int64 <c>[B, h, w]</c>.</summary>
    public Tensor Nearest(Tensor codes)
    {
        using var scope = NewDisposeScope();
        Tensor rows = codes.permute(0, 2, 3, 1);

        // |x - c|² without |x|², which is the same for every code.
        Tensor scores = (rows.matmul(Codebook.t()) * Constant.Of(2)) - Codebook.square().sum(1);
        return scores.argmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Tokens <c>[B, h, w]</c> → codes <c>[B, D, h, w]</c>.</summary>
    public Tensor Lookup(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        Tensor rows = Codebook.index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], tokens.shape[2], -1);
        return rows.permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
