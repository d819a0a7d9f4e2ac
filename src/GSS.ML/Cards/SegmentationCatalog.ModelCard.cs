using GSS.Core;

namespace GSS.ML;

/// <content>Model cards.</content>
public sealed partial class SegmentationCatalog
{
    /// <summary>Writes the card of a trained model: one Markdown file with what the model is, what it was trained on and how, its figures, and what it must not be used for. What <see cref="ModelCard.Write"/> does, with the settings of the trainer.</summary>
    /// <param name="model">The trained or loaded model.</param>
    /// <param name="path">The file, usually with the extension <c>.md</c>; an existing one is replaced. It is whole or absent at any moment.</param>
    /// <param name="card">What the model does not know of itself; not changed.</param>
    /// <param name="training">
    /// The options that the model was trained with; null where they are not known. From them come the card's <see cref="ModelCardOptions.Settings"/>, unless it has some, and its
    /// <see cref="ModelCardOptions.Seed"/>, unless it has one. The table has the usual options and all others that are not at their default; folders are left out of it, and of weight files it has the names alone.
    /// </param>
    /// <exception cref="ArgumentException">The card has faults, all of which the message lists: a number out of range, figures of other classes, or a picture that is missing.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing half-written is left and an existing file stays as it was.</exception>
    public void WriteModelCard(SegmentationTransformer model, string path, ModelCardOptions card, SegmentationTrainerOptions? training = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(card);
        ModelCard.Write(path, model.Package, training is null ? card : card with
        {
            Settings = card.Settings is { Count: 0 } ? TrainerSettings.Of(training) : card.Settings,
            Seed = card.Seed ?? training.Seed,
        });
    }
}
