namespace GSS.Torch;

/// <summary>The widths of a <see cref="ReferenceHead"/>; the defaults are the reference's.</summary>
/// <param name="Lateral">Channels of each level after its 1×1 block, and of the auxiliary branch.</param>
/// <param name="Fused">Channels of the fused feature and of the Swin blocks, whose feed-forward networks have twice as many.</param>
/// <param name="Projected">Channels before the classifier.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Depth">Swin blocks.</param>
/// <param name="Window">Side of an attention window in tokens.</param>
internal sealed record ReferenceHeadSize(int Lateral = 384, int Fused = 512, int Projected = 2048, int Heads = 16, int Depth = 6, int Window = 7)
{
    /// <summary>The widths of the head in a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="prefix">What stands before the head's names.</param>
    /// <exception cref="WeightFileException">Parts of the head are missing.</exception>
    public static ReferenceHeadSize Of(WeightFile file, string prefix)
    {
        long[] Shape(string name, int dimensions) => file.Find(prefix + name)?.Shape is { } shape && shape.Length == dimensions
            ? shape
            : throw new WeightFileException($"The weight file '{file.Path}' lacks '{prefix}{name}' with {dimensions} dimensions, expected a token head of the reference: name a GSS checkpoint.");
        int depth = 1;
        while (file.Find($"{prefix}transformer_block.blocks.{depth}.norm1.weight") is not null)
        {
            depth++;
        }

        // A window of w has (2w - 1)² relative positions.
        long[] table = Shape("transformer_block.blocks.0.attn.w_msa.relative_position_bias_table", 2);
        int window = ((int)Math.Round(Math.Sqrt(table[0])) + 1) / 2;
        return new((int)Shape("convs.0.conv.weight", 4)[0], (int)Shape("fusion_conv.conv.weight", 4)[0], (int)Shape("conv_before_seg.conv.weight", 4)[0], (int)table[1], depth, window);
    }
}
