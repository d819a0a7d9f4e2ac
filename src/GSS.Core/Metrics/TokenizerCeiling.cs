using System.Globalization;
using System.Text;

namespace GSS.Core;

/// <summary>
/// What a tokenizer leaves to be reached: true label maps that were encoded to latent tokens and decoded again (Stage I reconstruction), measured against themselves.
/// A prediction without one wrong token has exactly these values, so they are the ceiling of a generative model.
/// </summary>
[TypeFormatterSource(typeof(TokenizerCeilingHtml))]
public sealed record TokenizerCeiling
{
    /// <summary>The true label maps after the tokenizer, against the true ones: the ceiling.</summary>
    public required SegmentationMetrics Reconstruction { get; init; }

    /// <summary>The predictions against the true label maps, what <c>Evaluate</c> gives; null where nothing was predicted.</summary>
    public SegmentationMetrics? Prediction { get; init; }

    /// <summary>The predictions against the true label maps after the tokenizer, over the same pixels: what the encoder still misses once the tokenizer is not to blame; null where nothing was predicted.</summary>
    public SegmentationMetrics? PredictionAgainstReconstruction { get; init; }

    /// <summary>A table in percent: one line for each class with its ceiling and, where there are predictions, their IoU; below it the mIoU of each. A value that is not a number shows as a dash.</summary>
    public override string ToString()
    {
        int width = Math.Max("class".Length, Reconstruction.PerClass.Max(c => c.Name.Length));
        var table = new StringBuilder();
        table.Append("class".PadRight(width)).Append(Prediction is null ? "" : "     IoU").Append(" ceiling\n");
        table.Append('-', width + (Prediction is null ? 8 : 16)).Append('\n');
        for (int k = 0; k < Reconstruction.PerClass.Count; k++)
        {
            table.Append(Reconstruction.PerClass[k].Name.PadRight(width));
            table.Append(Prediction is null ? "" : Percent(Prediction.PerClass[k].IoU).PadLeft(8));
            table.Append(Percent(Reconstruction.PerClass[k].IoU).PadLeft(8)).Append('\n');
        }

        table.Append('-', width + (Prediction is null ? 8 : 16)).Append('\n');
        table.Append("mIoU ").Append(Percent(Reconstruction.MeanIoU)).Append(" of the truth through the tokenizer and back, the ceiling");
        Mean(Prediction, "the truth");
        Mean(PredictionAgainstReconstruction, "the truth through the tokenizer and back");
        return table.ToString();

        void Mean(SegmentationMetrics? metrics, string against)
        {
            if (metrics is not null)
            {
                table.Append("\nmIoU ").Append(Percent(metrics.MeanIoU)).Append(" of the prediction against ").Append(against);
            }
        }
    }

    private static string Percent(double fraction) => double.IsNaN(fraction) ? "-" : (100 * fraction).ToString("0.00", CultureInfo.InvariantCulture);
}
