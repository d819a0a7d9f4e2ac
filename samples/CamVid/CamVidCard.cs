using System.Diagnostics;
using GSS.Core;

namespace CamVid;

/// <summary>What the model card says beside what model and trainer know: data, licences, figures, pictures.</summary>
internal static class CamVidCard
{
    /// <summary>The card's options.</summary>
    /// <param name="settings">How the model was trained.</param>
    /// <param name="files">On what.</param>
    /// <param name="metrics">What it reached on the validation photographs.</param>
    /// <param name="ceiling">What its tokenizer leaves to be reached; null for a per-pixel head.</param>
    /// <param name="trainingTime">How long it took; null where nobody knows.</param>
    /// <param name="overlays">The picture.</param>
    public static ModelCardOptions Options(CamVidSettings settings, CamVidFiles files, SegmentationMetrics metrics, TokenizerCeiling? ceiling, TimeSpan? trainingTime, string overlays) => new()
    {
        Title = $"CamVid, 11 classes, ResNet-18, {(settings.Head == Head.Generative ? "Generative Semantic Segmentation" : "per-pixel head")}",
        Description = "Trained and measured by `samples/CamVid` of GSS.ML.",
        Data = "CamVid (Brostow, Fauqueur, Cipolla: *Semantic object classes in video*, 2009): frames of films from a car in Cambridge, in the split and with the 11 classes of SegNet's authors. The best weights, and the decision between tokens, were chosen on the photographs that the figures below are measured on, so that these are a little too high for other photographs; the test split was not looked at.",
        TrainingPhotographs = files.Training.Count,
        ValidationPhotographs = files.Validation.Count,
        DataLicence = "for research that is not commercial; ask the authors of CamVid for anything else",
        EncoderWeights = settings.EncoderWeights switch
        {
            null => "ResNet-18 trained on ImageNet, out of Microsoft's package `Microsoft.ML.DnnImageFeaturizer.ResNet18`",
            CamVidSettings.RandomWeights => "random",
            string file => $"the file `{Path.GetFileName(file)}`",
        },
        EncoderWeightsLicence = settings.EncoderWeights switch
        {
            null => "MIT for the package; ImageNet's photographs are for research that is not commercial",
            CamVidSettings.RandomWeights => "none is needed",
            _ => null,
        },
        ModelLicence = "as far as its data and first weights allow",
        TrainingTime = trainingTime,
        PeakMemoryBytes = PeakMemory(),
        Machine = $"{Environment.ProcessorCount} processors, {System.Runtime.InteropServices.RuntimeInformation.OSArchitecture}, .NET {Environment.Version}",
        Metrics = metrics,
        Ceiling = ceiling,
        Pictures = [new(overlays, settings.Head == Head.Generative ? "Photograph, truth, predicted maskige and prediction" : "Photograph, truth and prediction")],
    };

    // Some systems do not tell.
    private static long? PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 > 0 ? process.PeakWorkingSet64 : null;
    }
}
