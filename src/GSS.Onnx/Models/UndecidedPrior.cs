using GSS.Core;

namespace GSS.Onnx;

/// <summary>
/// <c>prior.onnx</c> of format 1 (version 0.1.0), whose logits leave the graph: tokens and their probabilities are decided here.
/// Models of that version load for ever; nothing else comes this way.
/// </summary>
internal sealed class UndecidedPrior(OnnxSession session)
{
    private readonly bool _hasScores = session.OutputShapes.ContainsKey(OnnxParts.Scores);

    /// <summary>V; -1 where the model does not say.</summary>
    public int VocabularySize { get; } = session.OutputShapes[OnnxParts.Logits] is [_, var vocabulary, _, _] ? vocabulary : -1;

    /// <summary>Predicts a batch of images of one size.</summary>
    /// <exception cref="ArgumentException">The logits of one image take 2 GiB or more.</exception>
    public void RunBatch(IReadOnlyList<RgbImage> images, int[] batch, ImageBatch input, (LatentTokens, float[]?)[] predictions, bool withConfidence)
    {
        // Stride 4 in doubt: the check is for images of many megapixels, which must not run for minutes to end in an error.
        (long height, long width) = (input.Shape[2], input.Shape[3]);
        long bytes = sizeof(float) * VocabularySize * (width / 8) * (height / 8);
        if (bytes >= int.MaxValue)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Found an image to be predicted at {width}x{height}, for which a model of GSS.ML 0.1.0 gives {bytes / 1073741824d:F1} GiB of logits or more, expected less than 2: ")
                + "train the model again, whose tokens are then chosen inside the graph, or resize the image.");
        }

        // The logits themselves matter only where they decide, or where someone asks how likely the decision is.
        string[] names = !_hasScores ? [OnnxParts.Logits] : withConfidence ? [OnnxParts.Logits, OnnxParts.Scores] : [OnnxParts.Scores];
        using OnnxOutputs outputs = session.Run(OnnxParts.Image, input.Values, input.Shape, names);
        long[] shape = outputs.Shape(0);
        (int tokenRows, int tokenColumns) = ((int)shape[2], (int)shape[3]);
        for (int i = 0; i < batch.Length; i++)
        {
            RgbImage image = images[batch[i]];
            int[] tokens = new int[tokenRows * tokenColumns];
            float[]? probabilities = withConfidence ? new float[tokens.Length] : null;
            TokenChoice.Choose(outputs.Part<float>(0, i, batch.Length), tokens, probabilities);
            if (_hasScores && probabilities is not null)
            {
                int[] decided = new int[tokens.Length];
                TokenChoice.Choose(outputs.Part<float>(1, i, batch.Length), decided, []);
                TokenChoice.Correct(outputs.Part<float>(0, i, batch.Length), tokens, decided, probabilities);
                tokens = decided;
            }

            predictions[batch[i]] = (new LatentTokens(tokenColumns, tokenRows, image.Width, image.Height, tokens), probabilities);
        }
    }
}
