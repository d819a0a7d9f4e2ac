using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>
/// The Swin transformer (Liu et al., ICCV 2021) under mmseg's names, Microsoft's, timm's or torchvision's. Microsoft, timm and torchvision gather the four
/// neighbours of a patch merging in another order than mmseg (reference: tools/model_converters/swin2mmseg.py); their weights are reordered.
/// A table of relative positions for another window is resized by bicubic interpolation, as the reference does.
/// </summary>
internal abstract partial class SwinNames(bool hasOutputNorms) : WeightNames
{
    /// <summary>The names for a file.</summary>
    public static WeightNames For(IReadOnlyCollection<string> names)
    {
        bool hasOutputNorms = names.Any(name => OutputNorm().IsMatch(name));
        return names.Contains("patch_embed.proj.weight") ? new OfficialSwinNames(hasOutputNorms, names.Contains("layers.3.downsample.reduction.weight") || !names.Contains("layers.0.downsample.reduction.weight"))
            : names.Contains("features.0.0.weight") ? new TorchvisionSwinNames()
            : new MmsegSwinNames(hasOutputNorms);
    }

    /// <summary>The index of relative positions follows from the window; the norms of the four outputs start fresh from a classifier's weights.</summary>
    public override bool MayBeMissing(string name)
        => name.EndsWith(".relative_position_index", StringComparison.Ordinal) || (!hasOutputNorms && OutputNorm().IsMatch(name));

    /// <inheritdoc/>
    public override bool Fits(string name, long[] shape, long[] target) => base.Fits(name, shape, target) || IsTableOfAnotherWindow(name, shape, target);

    /// <inheritdoc/>
    public override Tensor Convert(string name, Tensor value, long[] target)
        => IsTableOfAnotherWindow(name, value.shape, target) ? ResizeTable(value, target) : value;

    /// <summary>Parts of a classifier, and what the constructor computes.</summary>
    protected static bool IsIgnored(string name)
        => name.StartsWith("head.", StringComparison.Ordinal) || name.StartsWith("norm.", StringComparison.Ordinal)
            || name.EndsWith(".attn_mask", StringComparison.Ordinal) || name.EndsWith(".relative_position_index", StringComparison.Ordinal);

    /// <summary>Brings a patch merging's weights from the order (0,0), (1,0), (0,1), (1,1), channels fastest, to channels slowest and (0,0), (0,1), (1,0), (1,1).</summary>
    /// <param name="value"><c>[2C, 4C]</c> (the linear layer) or <c>[4C]</c> (the norm).</param>
    protected static Tensor ReorderMerging(Tensor value)
    {
        long[] shape = value.shape;
        long channels = shape[^1] / 4;
        using var scope = NewDisposeScope();
        return value.reshape(-1, 2, 2, channels).permute(0, 3, 2, 1).reshape(shape).MoveToOuterDisposeScope();
    }

    private static bool IsTableOfAnotherWindow(string name, long[] shape, long[] target)
        => name.EndsWith(".relative_position_bias_table", StringComparison.Ordinal) && shape.Length == 2 && target.Length == 2
            && shape[0] != target[0] && shape[1] == target[1] && Side(shape[0]) is > 0 and var side && side * side == shape[0];

    private static long Side(long positions) => (long)Math.Round(Math.Sqrt(positions));

    /// <summary><c>[(2w-1)², heads]</c> to another window's size.</summary>
    private static Tensor ResizeTable(Tensor table, long[] target)
    {
        long from = Side(table.shape[0]), to = Side(target[0]), heads = table.shape[1];
        using var scope = NewDisposeScope();
        Tensor square = table.to_type(ScalarType.Float32).t().reshape(1, heads, from, from);
        return nn.functional.interpolate(square, size: [to, to], mode: InterpolationMode.Bicubic, align_corners: false)
            .reshape(heads, to * to).t().contiguous().MoveToOuterDisposeScope();
    }

    [GeneratedRegex(@"^norm\d\.")]
    private static partial Regex OutputNorm();
}

/// <summary>mmseg's and mmdet's names, which are ours.</summary>
internal sealed class MmsegSwinNames(bool hasOutputNorms) : SwinNames(hasOutputNorms)
{
    /// <inheritdoc/>
    public override string? Rename(string name) => IsIgnored(name) ? null : name;
}

/// <summary>Microsoft's names, and timm's, which are the same but for the merging: it opens a stage instead of closing the one before.</summary>
/// <param name="hasOutputNorms">Whether the file has the norms of the four outputs.</param>
/// <param name="mergingOpensStage">Whether <c>layers.N.downsample</c> stands before stage N (timm since 0.9).</param>
internal sealed partial class OfficialSwinNames(bool hasOutputNorms, bool mergingOpensStage) : SwinNames(hasOutputNorms)
{
    /// <inheritdoc/>
    public override string? Rename(string name)
    {
        if (IsIgnored(name))
        {
            return null;
        }

        if (Merging().Match(name) is { Success: true } merging)
        {
            int stage = int.Parse(merging.Groups[1].ValueSpan) - (mergingOpensStage ? 1 : 0);
            return $"stages.{stage}.downsample.{merging.Groups[2].ValueSpan}";
        }

        return Layer().Replace(name, "stages.$1.")
            .Replace("patch_embed.proj.", "patch_embed.projection.", StringComparison.Ordinal)
            .Replace(".attn.", ".attn.w_msa.", StringComparison.Ordinal)
            .Replace(".mlp.fc1.", ".ffn.layers.0.0.", StringComparison.Ordinal)
            .Replace(".mlp.fc2.", ".ffn.layers.1.", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public override Tensor Convert(string name, Tensor value, long[] target)
        => name.Contains(".downsample.", StringComparison.Ordinal) ? ReorderMerging(value) : base.Convert(name, value, target);

    [GeneratedRegex(@"^layers\.(\d{1,3})\.downsample\.(.+)$")]
    private static partial Regex Merging();

    [GeneratedRegex(@"^layers\.(\d{1,3})\.")]
    private static partial Regex Layer();
}

/// <summary>torchvision's names: <c>features.0</c> is the patch embedding, odd entries are stages, the even ones between them mergings.</summary>
internal sealed partial class TorchvisionSwinNames() : SwinNames(hasOutputNorms: false)
{
    /// <inheritdoc/>
    public override string? Rename(string name)
    {
        if (IsIgnored(name) || Feature().Match(name) is not { Success: true } match)
        {
            return IsIgnored(name) ? null : name;
        }

        int feature = int.Parse(match.Groups[1].ValueSpan);
        string rest = match.Groups[2].Value;
        return feature == 0 ? EmbeddingName(rest)
            : feature % 2 == 0 ? $"stages.{(feature / 2) - 1}.downsample.{rest}"
            : $"stages.{feature / 2}.blocks." + rest
                .Replace(".attn.", ".attn.w_msa.", StringComparison.Ordinal)
                .Replace(".mlp.0.", ".ffn.layers.0.0.", StringComparison.Ordinal)
                .Replace(".mlp.3.", ".ffn.layers.1.", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public override Tensor Convert(string name, Tensor value, long[] target)
        => name.Contains(".downsample.", StringComparison.Ordinal) ? ReorderMerging(value) : base.Convert(name, value, target);

    private static string EmbeddingName(string rest)
        => rest.StartsWith("0.", StringComparison.Ordinal) ? "patch_embed.projection." + rest[2..]
            : rest.StartsWith("2.", StringComparison.Ordinal) ? "patch_embed.norm." + rest[2..]
            : "features.0." + rest;

    [GeneratedRegex(@"^features\.(\d{1,3})\.(.+)$")]
    private static partial Regex Feature();
}
