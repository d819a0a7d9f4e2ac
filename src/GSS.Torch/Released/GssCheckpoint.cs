using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Released checkpoints of the paper's authors (<c>.pth</c>: <c>backbone.*</c>, <c>decode_head.*</c> with the dVAE inside) as models of ours.</summary>
public static class GssCheckpoint
{
    /// <summary>The reference's token grid: 4×4 pixels of the image for each token.</summary>
    private const int TokenStride = 4;

    private const string Head = "decode_head.", Tokenizer = "decode_head.d_vae.";

    // What the head's prefix also holds: parts of training, the tokenizer, and X⁻¹.
    private static readonly string[] s_notTheHead =
        ["d_vae.", "convs_pixel.", "fusion_conv_pixel.", "conv_seg_pixel.", "projection.", "post_transformer_block.", "post_swin_ln.", "cls_segmap."];

    /// <summary>
    /// Makes a model package out of a checkpoint of GSS-FF or GSS-FT-W: <c>prior.onnx</c> with image encoder and token head, <c>decoder.onnx</c> with the dVAE's decoder at
    /// stride 4 and, for FT-W, X⁻¹. Nothing in the file is executed. Widths and depths of the head, the dVAE and X⁻¹ are told by the file itself.
    /// </summary>
    /// <param name="path">The checkpoint, in any format that weights are read from. The optimizer's state, where it is there, is skipped.</param>
    /// <param name="encoder">The image encoder that the checkpoint has, for instance <see cref="ImageEncoders.SwinLarge"/>; a weight file of its own is not read.</param>
    /// <param name="classes">The classes, in the order in which the checkpoint learned them.</param>
    /// <param name="palette">The colours that the checkpoint was trained with, one for each class, which no checkpoint has in it: the <c>palette</c> of its configuration without the last row, which stands for void.</param>
    /// <param name="shortSide">The short side to which images are resized before the network sees them (reference: 512 for ADE20K and MSeg); null keeps each image's own size.</param>
    /// <param name="log">Receives one sentence: how many entries of the file were read, and how many are not the model's and were ignored; null for no report.</param>
    /// <returns>The model, ready for <see cref="SegmentationModelPackage.Save"/> and for scoring.</returns>
    /// <exception cref="ArgumentException">Classes and palette, or classes and checkpoint, differ in number.</exception>
    /// <exception cref="WeightFileException">The file is damaged, is no GSS checkpoint, or holds another image encoder; every mismatch is listed.</exception>
    /// <exception cref="NativeLibraryException">libtorch is missing or does not fit this system.</exception>
    public static SegmentationModelPackage Load(string path, ImageEncoder encoder, SegmentationClasses classes, MaskigePalette palette, int? shortSide = null, Action<string>? log = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(palette);
        if (palette.Count != classes.Count)
        {
            throw new ArgumentException($"The palette has {palette.Count} colours and '{classes.Name}' has {classes.Count} classes, expected one colour for each.", nameof(palette));
        }

        TorchNative.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        using WeightFile file = WeightFile.Open(path);
        ThrowIfOther(file, classes);
        var parts = new List<LoadedWeights>();
        using LatentPriorNetwork prior = ReadPrior(file, encoder, parts);
        using DalleDVae tokenizer = ReadTokenizer(file, parts);
        using InverseNetwork? inverse = file.Find(Head + "projection.conv.weight") is null ? null : InverseNetwork.Load(file);
        if (inverse?.LoadedWeights is { } last)
        {
            parts.Add(last);
        }

        string[] taken = [.. parts.SelectMany(part => part.Taken)];
        log?.Invoke(new LoadedWeights(path, $"a model of GSS-{inverse?.Variant ?? "FF"}", taken, [.. file.Names.Except(taken)]).ToString());
        var manifest = new SegmentationModelManifest
        {
            Variant = inverse?.Variant ?? "FF",
            Classes = classes,
            Palette = palette,
            Tokenizer = tokenizer.Name,
            Stride = tokenizer.Stride,
            VocabularySize = tokenizer.VocabularySize,
            TokenDecoding = nameof(TokenDecoding.MostLikely),
            Encoder = encoder.Name,
            ShortSide = shortSide,
            Mean = prior.Encoder.InputMean,
            StandardDeviation = prior.Encoder.InputDeviation,
        };
        return new SegmentationModelPackage(manifest, PriorExport.ToBytes(prior), TokenizerExport.DecoderToBytes(tokenizer, inverse)) { InverseWeights = inverse?.ToBytes() };
    }

    private static void ThrowIfOther(WeightFile file, SegmentationClasses classes)
    {
        foreach ((string name, string what) in new[] { ("conv_seg.weight", "token head"), ("transformer_block.blocks.0.norm1.weight", "token head"), ("d_vae.decoder.blocks.input.w", "dVAE") })
        {
            if (file.Find(Head + name) is null)
            {
                throw new WeightFileException($"The weight file '{file.Path}' is no GSS checkpoint: '{Head}{name}' of the {what} is missing among its {file.Names.Count} tensors; name a .pth that the authors of GSS released.");
            }
        }

        // FT-W tells its classes in X⁻¹, FF in the auxiliary head.
        WeightEntry? last = file.Find(Head + "cls_segmap.conv.weight") ?? file.Find(Head + "conv_seg_pixel.weight");
        if (last?.Shape[0] is { } found && found != classes.Count)
        {
            throw new ArgumentException($"The checkpoint '{file.Path}' tells {found} classes apart, '{classes.Name}' has {classes.Count}, expected the classes that it was trained on.", nameof(classes));
        }
    }

    private static LatentPriorNetwork ReadPrior(WeightFile file, ImageEncoder description, List<LoadedWeights> parts)
    {
        EncoderNetwork encoder = description.CreateNetwork();
        LatentPriorNetwork? network = null;
        try
        {
            var head = new ReferenceTokenHead(ReferenceHeadSize.Of(file, Head), auxiliaryOnFused: false);
            network = new LatentPriorNetwork(encoder, (int)file.Find(Head + "conv_seg.weight")!.Shape[0], auxiliaryChannels: 0, seed: 0, head, TokenStride);
            parts.Add(WeightLoading.Load(encoder, file, description.Name, EncoderNames.For(encoder.NamesIn, file.Names)));
            parts.Add(WeightLoading.Load(network.Head, file, "the reference's token head", new NamesUnder(Head, null, s_notTheHead)));
            network.eval();
            return network;
        }
        catch
        {
            encoder.Dispose();
            network?.Dispose();
            throw;
        }
    }

    private static DalleDVae ReadTokenizer(WeightFile file, List<LoadedWeights> parts)
    {
        var tokenizer = new DalleDVae(DalleSize.Of(file, Tokenizer), TokenStride);
        try
        {
            parts.Add(WeightLoading.Load(tokenizer.Encoder, file, "the dVAE's encoder", new NamesUnder(Tokenizer + "encoder.")));
            parts.Add(WeightLoading.Load(tokenizer.Decoder, file, "the dVAE's decoder", new NamesUnder(Tokenizer + "decoder.")));
            return tokenizer;
        }
        catch
        {
            tokenizer.Dispose();
            throw;
        }
    }
}
