using GSS.Core;

namespace GSS.Onnx;

/// <summary>Pixel scores of a model of latent tokens.</summary>
internal sealed class TokenScores(LatentPriorModel prior, MaskigeDecoder decoder, int classCount) : IPixelScores
{
    public int ClassCount => classCount;

    public long BytesPerPixel => Math.Max(WorkingSize.LeastBytesPerPixel, decoder.BytesPerPixel);

    public void Score(RgbImage picture, bool byConfidence, Action<int, ReadOnlySpan<float>> add)
    {
        if (byConfidence && !decoder.HasScores && prior.HasConfidence)
        {
            (LatentTokens tokens, float[] probabilities) = prior.PredictUnresizedWithConfidence(picture);
            decoder.Scores(tokens, probabilities, add);
            return;
        }

        decoder.Scores(prior.PredictUnresized(picture), probabilities: null, add);
    }
}
