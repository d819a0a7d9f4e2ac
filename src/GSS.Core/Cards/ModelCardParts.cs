namespace GSS.Core;

/// <summary>One setting of a training run, for a <see cref="ModelCard"/>.</summary>
/// <param name="Name">The option's name, such as <c>Epochs</c>.</param>
/// <param name="Value">Its value as text.</param>
/// <param name="Default">The value that it has where nobody sets it, as text; null where there is none.</param>
public sealed record ModelCardSetting(string Name, string Value, string? Default = null);

/// <summary>A picture that a <see cref="ModelCard"/> shows.</summary>
/// <param name="Path">The file. It must be there when the card is written; the card links to it relative to its own folder.</param>
/// <param name="Caption">What is to be seen, in a few words.</param>
public sealed record ModelCardPicture(string Path, string Caption);
