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

    /// <summary>Codes <c>[B, D, h, w]</c> → index of the nearest codebook row, int64 <c>[B, h, w]</c>.</summary>
    public Tensor Nearest(Tensor codes)
    {
        using var scope = NewDisposeScope();
        Tensor rows = codes.permute(0, 2, 3, 1);

        // |x - c|² without |x|², which is the same for every code.
        Tensor scores = (rows.matmul(Codebook.t()) * Constant.Of(2)) - Codebook.square().sum(1);
        return scores.argmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Tokens <c>[B, h, w]</c> → codes <c>[B, D, h, w]</c>, channels last.</summary>
    public Tensor Lookup(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        Tensor rows = Codebook.index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], tokens.shape[2], -1);
        return rows.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
