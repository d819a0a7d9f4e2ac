using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GSS.Torch;

/// <summary>What a tokenizer is trained for beside the plain colours: pixels on the right side of their palette, and one token for one class.</summary>
internal static class TokenizerLosses
{
    /// <summary>
    /// How far the codes of cells that one class fills are from each other. An image encoder must predict the tokens: where nothing but a class is to be
    /// said, one token should say it, whatever lies beside the cell. Otherwise a class shares its probability among many tokens, and loses against classes that do not.
    /// </summary>
    public static Tensor Uniformity(Tensor codes, Tensor labels)
    {
        long batch = codes.shape[0];
        Tensor own, group;
        using (no_grad())
        {
            Tensor ids = labels.to(ScalarType.Float32).unsqueeze(1);
            Tensor highest = functional.max_pool2d(ids, CompactVqVae.PixelStride);
            Tensor lowest = functional.max_pool2d(ids.neg(), CompactVqVae.PixelStride).neg();
            Tensor sample = arange(Constant.Of(0), Constant.Of(batch * TokenizerBatch.LargestPalette), Constant.Of(TokenizerBatch.LargestPalette), ScalarType.Float32).view(-1, 1, 1, 1);
            Tensor all = highest.Plus(sample).to(ScalarType.Int64).flatten();
            own = highest.eq(lowest).flatten().nonzero().flatten();
            group = all.index_select(0, own);
        }

        if (own.shape[0] == 0)
        {
            // The mean of nothing would be not a number.
            return zeros([], device: codes.device);
        }

        Tensor uniform = codes.permute(0, 2, 3, 1).reshape(-1, codes.shape[1]).index_select(0, own);
        long groups = batch * TokenizerBatch.LargestPalette;
        Tensor counts = zeros(groups).index_add(0, group, ones(group.shape[0]), Constant.Of(1)).clamp_min(Constant.Of(1));
        Tensor mean = zeros(groups, codes.shape[1]).index_add(0, group, uniform, Constant.Of(1)) / counts.unsqueeze(1);
        return (uniform - mean.index_select(0, group)).square().mean();
    }

    /// <summary>
    /// How far each painted pixel has come from its nearest wrong palette colour to its true one, along the segment between the two
    /// (1 = the true colour, 0 = half way): what nearest-colour decoding will decide by, whatever the palette's distances are.
    /// </summary>
    public static (Tensor Loss, Tensor Wrong) Margin(Tensor painted, Tensor labels, Tensor palettes)
    {
        long batch = painted.shape[0];
        return MarginOfPixels(painted.permute(0, 2, 3, 1).reshape(batch, -1, 3), labels.view(batch, -1), palettes);
    }

    /// <summary>As <see cref="Margin"/>, of pixels in any order.</summary>
    /// <param name="pixels"><c>[B, n, 3]</c>.</param>
    /// <param name="ids">Their classes, int64 <c>[B, n]</c>.</param>
    /// <param name="palettes"><c>[B, K, 3]</c>; gradients flow to the colours as well.</param>
    public static (Tensor Loss, Tensor Wrong) MarginOfPixels(Tensor pixels, Tensor ids, Tensor palettes)
    {
        const double Sharpness = 7;
        long batch = pixels.shape[0];
        Tensor competitor;
        using (no_grad())
        {
            // |c|² - 2 p·c for every colour c, in one product: (p, 1) · (-2 c, |c|²).
            Tensor from = cat([pixels, ones_like(pixels.narrow(2, 0, 1))], 2);
            Tensor to = cat([palettes * Constant.Of(-2), palettes.square().sum(-1, keepdim: true)], 2);
            Tensor distances = from.matmul(to.transpose(1, 2));
            distances.scatter_(2, ids.unsqueeze(2), tensor(1e6f).expand(batch, ids.shape[1], 1));
            competitor = distances.argmin(2);
        }

        Tensor Colors(Tensor index) => palettes.gather(1, index.unsqueeze(2).expand(-1, -1, 3));
        Tensor own = Colors(ids);
        Tensor other = Colors(competitor);
        Tensor position = ((pixels - other).square().sum(-1) - (pixels - own).square().sum(-1)) / (own - other).square().sum(-1);
        Tensor loss = nn.functional.relu(position * Constant.Of(-Sharpness)).Plus((-(position * Constant.Of(Sharpness)).abs()).exp().log1p());
        return (loss.mean(), position.detach().lt(Constant.Of(0)).to(ScalarType.Float32).mean());
    }
}
