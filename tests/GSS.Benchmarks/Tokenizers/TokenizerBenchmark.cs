using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>What the default tokenizer loses, costs and uses: the first, second and fifth row of the design's bars.</summary>
internal sealed class TokenizerBenchmark : IBenchmark
{
    public string Name => "tokenizer";

    public string Summary => "reconstruction on CamVid val and 150-class scenes, GMACs, codebook use (--weights FILE, --scenes)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        TorchNative.EnsureLoaded();
        using TokenizerNetwork tokenizer = (arguments.TextOrNull("--weights") is { } file ? Tokenizers.FromFile(file) : Tokenizers.Compact()).CreateNetwork();
        long parameters = tokenizer is CompactFsqVae fsq ? fsq.Weights().Sum(w => w.Value.numel()) : ((CompactVqVae)tokenizer).Weights().Sum(w => w.Value.numel());
        (double encode, double decode) = CompactCost.GigaMacs(tokenizer, 480, 360);
        report.Line($"{tokenizer.Name}: stride {tokenizer.Stride}, vocabulary {tokenizer.VocabularySize}, {parameters / 1e6:F2} M parameters; at 480x360 {encode:F2} GMAC to encode, {decode:F2} GMAC to decode.");

        var rows = new List<IReadOnlyList<object>>();
        double camVid = double.NaN;
        LabelMap[] streets = TokenizerScenes.CamVid(int.MaxValue);
        if (streets.Length > 0)
        {
            MaskigePalette palette = MaskigePalette.MaximalDistance(11);
            (camVid, double[] classIoU, long[] tokens) = Reconstruction.Measure(tokenizer, streets, palette);
            rows.Add(Row("CamVid val, 11 classes, FF", streets.Length, camVid, tokens));
            (double random, _, long[] randomTokens) = Reconstruction.Measure(tokenizer, streets, MaskigePalette.Random(11, 1));
            rows.Add(Row("CamVid val, 11 classes, FF-R (seed 1)", streets.Length, random, randomTokens));
            IReadOnlyList<(int Cells, double Share, double Entropy)> uniform = TokensOfOneClass.Measure(tokenizer, streets, palette);
            report.Table(
                ["CamVid class", "IoU %", "cells of it alone", "share of their most frequent token, %", "entropy of their tokens, bits"],
                SegmentationClasses.CamVid.Names.Select((name, k) => (IReadOnlyList<object>)[name, classIoU[k], uniform[k].Cells, uniform[k].Share, uniform[k].Entropy]));
        }

        int count = arguments.Number("--scenes", 100);
        double many = double.NaN;
        foreach (int classes in new[] { 19, 150 })
        {
            LabelMap[] scenes = TokenizerScenes.Procedural(count, classes, 480, 360);
            (many, _, long[] tokens) = Reconstruction.Measure(tokenizer, scenes, MaskigePalette.MaximalDistance(classes));
            rows.Add(Row($"procedural scenes, {classes} classes, FF", count, many, tokens));
        }

        report.Table(["label maps", "how many", "mIoU %", "codes used", "entropy, bits"], rows);
        report.BarAtLeast("reconstruction-camvid", camVid, 97);
        report.BarAtLeast("reconstruction-150-classes", many, 93);
        report.BarAtMost("encode-gmac", encode, 3);
        report.BarAtMost("decode-gmac", decode, 4);
    }

    private static IReadOnlyList<object> Row(string name, int count, double meanIoU, long[] tokens)
    {
        double total = tokens.Sum();
        double entropy = -tokens.Where(t => t > 0).Sum(t => t / total * Math.Log2(t / total));
        return [name, count, meanIoU, tokens.Count(t => t > 0), entropy];
    }
}
