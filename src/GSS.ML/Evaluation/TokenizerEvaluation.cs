using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;
using ConfusionMatrix = GSS.Core.ConfusionMatrix;

namespace GSS.ML;

/// <summary>Passes true label maps through the tokenizer and back, as the model's own decoder does it, and counts pixels.</summary>
internal static class TokenizerEvaluation
{
    public static TokenizerCeiling Evaluate(GenerativeSegmentationTransformer model, IDataView data, Tokenizer tokenizer, string labelColumnName, string predictedLabelColumnName)
    {
        ArgumentNullException.ThrowIfNull(data);
        DataViewSchema.Column truth = LabelMapEvaluation.RequireTruth(data.Schema, labelColumnName);
        DataViewSchema.Column? predicted = data.Schema.GetColumnOrNull(predictedLabelColumnName) is null ? null : LabelMapEvaluation.RequirePredicted(data.Schema, predictedLabelColumnName);
        SegmentationClasses classes = ColumnAnnotations.RequireClasses(truth);
        if (!classes.HasSameNames(model.Classes))
        {
            throw new ArgumentException($"Column '{truth.Name}' has the classes {classes}, the model has {model.Classes}, expected the same class names in the same order: load the label maps with the classes that the model was trained with.");
        }

        if (tokenizer.Name != model.Manifest.Tokenizer)
        {
            throw new ArgumentException($"The model predicts tokens of the tokenizer '{model.Manifest.Tokenizer}', found '{tokenizer.Name}', expected the same: name the tokenizer that the model was trained with.", nameof(tokenizer));
        }

        using MaskigeTokenizer encoder = Open(model.Package, tokenizer);
        ConfusionMatrix reconstruction = new(classes.Count), prediction = new(classes.Count), against = new(classes.Count);
        foreach (LabelMapEvaluation.Row row in LabelMapEvaluation.Rows(data, predicted is { } column ? [truth, column] : [truth]))
        {
            LabelMap expected = row.Maps[0], rebuilt = Reconstruct(model, encoder, expected);
            row.Count(() => reconstruction.Add(expected, rebuilt));
            if (predicted is not null)
            {
                row.Count(() => prediction.Add(expected, row.Maps[1]));
                row.Count(() => against.Add(WithVoidOf(expected, rebuilt), row.Maps[1]));
            }
        }

        return new TokenizerCeiling
        {
            Reconstruction = reconstruction.ToMetrics(classes),
            Prediction = predicted is null ? null : prediction.ToMetrics(classes),
            PredictionAgainstReconstruction = predicted is null ? null : against.ToMetrics(classes),
        };
    }

    private static MaskigeTokenizer Open(SegmentationModelPackage package, Tokenizer tokenizer)
    {
        if (package.Encoder is { } onnx)
        {
            return new MaskigeTokenizer(onnx);
        }

        using TokenizerNetwork network = tokenizer.CreateNetwork();
        return new MaskigeTokenizer(TokenizerExport.EncoderToBytes(network));
    }

    /// <summary>The label map through X, the tokenizer and X⁻¹, at the size that the model works at.</summary>
    private static LabelMap Reconstruct(GenerativeSegmentationTransformer model, MaskigeTokenizer encoder, LabelMap labels)
    {
        (int width, int height) = WorkingSize.Of(labels.Width, labels.Height, model.Manifest.ShortSide);
        LabelMap filled = labels.Resize(width, height).FillVoid();
        LatentTokens[] tokens = encoder.Encode([model.Manifest.Palette!.Colorize(filled)]);
        return model.Model.DecodeTokens(tokens)[0].Labels.Resize(labels.Width, labels.Height);
    }

    private static LabelMap WithVoidOf(LabelMap truth, LabelMap labels)
    {
        byte[] ids = labels.Ids.ToArray();
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = truth.Ids[i] == LabelMap.Void ? LabelMap.Void : ids[i];
        }

        return new LabelMap(labels.Width, labels.Height, ids);
    }
}
