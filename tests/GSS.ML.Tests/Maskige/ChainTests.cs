using GSS.Core;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>The three parts of the method, one by one.</summary>
[TestClass]
public sealed class ChainTests
{
    private static readonly Lazy<TransformerChain<LatentTokenDecodingTransformer>> s_chain = new(() => Estimator().Fit(TinyScenes.Data));

    [TestMethod]
    public void The_chain_gives_the_masks_of_the_one()
    {
        CollectionAssert.AreEqual(
            TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(TinyScenes.Data), "PredictedLabel"),
            TinyScenes.Column<LabelMap>(s_chain.Value.Transform(TinyScenes.Data), "PredictedLabel"));
    }

    [TestMethod]
    public void The_palette_of_the_maskiges_is_that_of_all_three_parts()
    {
        // Not the palette that the prior and the decoder would choose by themselves.
        MaskigePalette palette = MaskigePalette.FromColors([new(10, 200, 30), new(220, 20, 60), new(40, 40, 250)]);
        GenerativeSegmenter.Options one = TinyScenes.Options();
        (one.Palette, one.Epochs) = (palette, 1);
        using GenerativeSegmentationTransformer expected = TinyScenes.Segmentation.Trainers.GenerativeSegmenter(one).Fit(TinyScenes.Data);
        var chain = TinyScenes.Segmentation.Transforms.MaskigeEncoder(new MaskigeEncoder.Options { Palette = palette })
            .Append(TinyScenes.Segmentation.Trainers.LatentPrior(PriorOptions(epochs: 1)))
            .Append(TinyScenes.Segmentation.Transforms.LatentTokenDecoder())
            .Fit(TinyScenes.Data);
        LatentPriorTransformer prior = chain.OfType<LatentPriorTransformer>().Single();
        Assert.AreEqual(palette, prior.Package.Manifest.Palette);
        CollectionAssert.AreEqual(expected.Package.Prior, prior.Package.Prior, "the weights that were learned");
        CollectionAssert.AreEqual(
            TinyScenes.Column<LabelMap>(expected.Transform(TinyScenes.Data), "PredictedLabel"),
            TinyScenes.Column<LabelMap>(chain.Transform(TinyScenes.Data), "PredictedLabel"));

        using var zip = new MemoryStream();
        TinyScenes.Context.Model.Save(chain, TinyScenes.Data.Schema, zip);
        ITransformer loaded = new MLContext().Model.Load(new MemoryStream(zip.ToArray()), out _);
        CollectionAssert.AreEqual(
            TinyScenes.Column<LabelMap>(expected.Transform(TinyScenes.Data), "PredictedLabel"),
            TinyScenes.Column<LabelMap>(loaded.Transform(TinyScenes.Data), "PredictedLabel"));
    }

    [TestMethod]
    public void Scoring_needs_no_label_column()
    {
        Photo[] photos = [.. Enumerable.Range(0, 4).Select(i => new Photo { Image = TinyScenes.ToMLImage(TinyScenes.Draw(i).Image) })];
        IDataView scored = s_chain.Value.Transform(TinyScenes.Context.Data.LoadFromEnumerable(photos));
        Assert.IsNull(scored.Schema.GetColumnOrNull("Maskige"));
        CollectionAssert.AreEqual(
            Enumerable.Range(0, 4).Select(i => TinyScenes.Model.Model.Predict(TinyScenes.Draw(i).Image).Labels).ToList(),
            TinyScenes.Column<LabelMap>(scored, "PredictedLabel"));
    }

    [TestMethod]
    public void The_chain_comes_back_from_a_file()
    {
        string path = Path.Combine(Path.GetTempPath(), $"gss-chain-{Guid.NewGuid():N}.zip");
        try
        {
            TinyScenes.Context.Model.Save(s_chain.Value, TinyScenes.Data.Schema, path);
            ITransformer loaded = new MLContext().Model.Load(path, out _);
            CollectionAssert.AreEqual(
                TinyScenes.Column<LabelMap>(s_chain.Value.Transform(TinyScenes.Data), "PredictedLabel"),
                TinyScenes.Column<LabelMap>(loaded.Transform(TinyScenes.Data), "PredictedLabel"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Maskiges_are_coloured_by_the_palette_and_tokens_are_those_of_the_tokenizer()
    {
        using MaskigeEncodingTransformer encoder = TinyScenes.Segmentation.Transforms.MaskigeEncoder().Fit(TinyScenes.Data);
        IDataView encoded = encoder.Transform(TinyScenes.Data);
        RgbImage expected = MaskigePalette.MaximalDistance(3).Colorize(TinyScenes.Draw(2).Labels);
        using MLImage maskige = TinyScenes.Column<MLImage>(encoded, "Maskige")[2];
        Assert.IsTrue(TinyScenes.ToMLImage(expected).Pixels.SequenceEqual(maskige.Pixels));
        LatentTokens tokens = TinyScenes.Column<LatentTokens>(encoded, "Tokens")[2];
        Assert.AreEqual((16, 12, 64, 48), (tokens.Width, tokens.Height, tokens.ImageWidth, tokens.ImageHeight));
    }

    [TestMethod]
    public void Decoding_the_tokens_of_the_truth_gives_it_back_but_for_details()
    {
        var chain = TinyScenes.Segmentation.Transforms.MaskigeEncoder().Append(TinyScenes.Segmentation.Transforms.LatentTokenDecoder("Tokens")).Fit(TinyScenes.Data);
        SegmentationMetrics metrics = TinyScenes.Segmentation.Evaluate(chain.Transform(TinyScenes.Data));
        Assert.IsGreaterThan(0.9, metrics.MeanIoU);
    }

    [TestMethod]
    public void Tokens_without_description_are_refused()
    {
        var rows = new[] { new { Tokens = 1f } };
        IDataView data = TinyScenes.Context.Data.LoadFromEnumerable(rows);
        LatentTokenDecoder decoder = TinyScenes.Segmentation.Transforms.LatentTokenDecoder("Tokens");
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => decoder.Fit(data)).Message, "expected LatentTokens");
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => decoder.Fit(TinyScenes.Data)).Message, "Column 'Tokens' was not found");
    }

    [TestMethod]
    public void Tokens_of_another_tokenizer_are_refused()
    {
        var foreign = new LatentDescription(TinyScenes.Classes, MaskigePalette.MaximalDistance(3), "another", "FF", null);
        Assert.AreEqual(
            "The tokens in column 'Tokens' were made by the tokenizer 'another', the options name 'compact-vqvae', expected the same in all parts of the method: set Tokenizer to the one that made them.",
            Assert.ThrowsExactly<ArgumentException>(() => foreign.RequireTokenizer("Tokens", Tokenizers.Compact())).Message);
    }

    [TestMethod]
    public void A_chain_whose_columns_do_not_fit_fails_before_it_trains()
    {
        var chain = TinyScenes.Segmentation.Transforms.MaskigeEncoder().Append(TinyScenes.Segmentation.Trainers.LatentPrior("Codes"));
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => chain.Fit(TinyScenes.Data)).Message, "Column 'Codes' was not found");
    }

    [TestMethod]
    public void Options_are_checked_all_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => TinyScenes.Segmentation.Transforms.MaskigeEncoder(new MaskigeEncoder.Options { LabelColumnName = " ", TokensColumnName = "Maskige", BatchSize = 0 }));
        Assert.AreEqual(
            "The options of MaskigeEncoder have 3 faults: LabelColumnName is empty, expected the name of a column. "
            + "MaskigeColumnName and TokensColumnName are both Maskige, expected names that differ. BatchSize is 0, expected at least 1.",
            error.Message);
    }

    private static EstimatorChain<LatentTokenDecodingTransformer> Estimator() => TinyScenes.Segmentation.Transforms.MaskigeEncoder()
        .Append(TinyScenes.Segmentation.Trainers.LatentPrior(PriorOptions(TinyScenes.Options().Epochs)))
        .Append(TinyScenes.Segmentation.Transforms.LatentTokenDecoder());

    private static LatentPriorTrainer.Options PriorOptions(int epochs)
    {
        GenerativeSegmenter.Options one = TinyScenes.Options();
        return new LatentPriorTrainer.Options
        {
            Encoder = one.Encoder,
            Epochs = epochs,
            BatchSize = one.BatchSize,
            CropWidth = one.CropWidth,
            CropHeight = one.CropHeight,
            Device = one.Device,
            Seed = one.Seed,
        };
    }
}
