using System.Text;

namespace GSS.Core;

/// <summary>
/// The card of a trained model: one Markdown file that tells people what the model is, what it was trained on and how, what was measured, and what it must not be used for.
/// For generative and per-pixel models alike.
/// </summary>
public static class ModelCard
{
    /// <summary>What every segmentation model is for.</summary>
    public static string DefaultIntendedUse { get; } =
        "Label maps, one class for each pixel, of photographs like those it was trained on: the same kind of camera, place, season and light. Measure it on photographs of your own before you rely on it.";

    /// <summary>What holds for every segmentation model, as lines of Markdown.</summary>
    public static IReadOnlyList<string> DefaultLimits { get; } = Array.AsReadOnly(
    [
        "No decision on the safety, the health or the rights of people may rest on it without a check by people.",
        "Other photographs than those it was trained on, such as another country, weather, height of the camera or lens, give label maps that are wrong without looking so.",
        "It knows its classes and nothing else: whatever belongs to none of them gets one of them all the same.",
        "Pixels that the label maps leave unlabelled (void) were neither trained on nor counted. Among the figures there is none for them.",
        "The figures are those of one set of photographs. On other photographs they are usually lower.",
    ]);

    /// <summary>Writes the card: first under a temporary name in the same folder, so that at any moment the file is whole or absent. The same arguments give the same bytes in every culture.</summary>
    /// <param name="path">The file, usually with the extension <c>.md</c>; an existing one is replaced.</param>
    /// <param name="package">The trained model.</param>
    /// <param name="options">What the package does not know; not changed.</param>
    /// <exception cref="ArgumentException">The options have faults, all of which the message lists: a number out of range, figures of other classes, or a picture that is missing.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing half-written is left and an existing file stays as it was.</exception>
    public static void Write(string path, SegmentationModelPackage package, ModelCardOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(options);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IReadOnlyList<string> faults = options.Faults(package.Manifest, folder);
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The model card has {faults.Count} fault{(faults.Count == 1 ? "" : "s")}: {string.Join(" ", faults)}");
        }

        byte[] text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(new ModelCardText(package, options, folder).Write());
        AtomicFile.Write(path, stream => stream.Write(text));
    }
}
