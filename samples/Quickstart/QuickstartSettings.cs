using GSS.Core;

namespace Quickstart;

/// <summary>What one run of the quickstart does, as the command line says it; null where it says nothing.</summary>
internal sealed record QuickstartSettings
{
    /// <summary>The folder with photographs; null draws street scenes instead.</summary>
    public string? Images { get; init; }

    /// <summary>The folder with label maps for <see cref="Images"/>.</summary>
    public string? Labels { get; init; }

    /// <summary>How the files of <see cref="Images"/> and <see cref="Labels"/> pair.</summary>
    public FolderOptions Files { get; init; } = new();

    /// <summary>A list of the photographs to validate on; null takes all of <see cref="ValidationImages"/>.</summary>
    public string? ValidationSplitList { get; init; }

    /// <summary>camvid, cityscapes, ade20k, voc, or a JSON file.</summary>
    public string? Classes { get; init; }

    /// <summary>The folder with photographs to validate on; null holds out every tenth of <see cref="Images"/>.</summary>
    public string? ValidationImages { get; init; }

    /// <summary>The folder with label maps for <see cref="ValidationImages"/>.</summary>
    public string? ValidationLabels { get; init; }

    /// <summary>Passes over the training images.</summary>
    public int? Epochs { get; init; }

    /// <summary>One of <see cref="QuickstartEncoders.Names"/>.</summary>
    public string Encoder { get; init; } = QuickstartEncoders.Default;

    /// <summary>A weight file for the encoder.</summary>
    public string? EncoderWeights { get; init; }

    /// <summary>The folder for checkpoints, from which a later run goes on.</summary>
    public string? Workspace { get; init; }

    /// <summary>Where street.zip and overlays.png go.</summary>
    public string Output { get; init; } = ".";

    /// <summary>The seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A run of a minute at most on few and small scenes, to see that everything works.</summary>
    public bool Small { get; init; }

    /// <summary>Whether this is the very run whose result the README promises.</summary>
    public bool IsPromised => this == new QuickstartSettings { Workspace = Workspace, Output = Output };
}
