using System.Text.RegularExpressions;

namespace Scoring;

/// <summary>
/// The folder of outputs. Its files are whole or not there, so a photograph is finished when its files exist.
/// <code>
/// scoring.json            of which model
/// labels/a/b.png          label map of the photograph a/b.jpg
/// overlays/a/b.png        the same painted over it
/// int8.gss                the quantised model, where one was asked for
/// failed.csv              photographs that could not be scored
/// </code>
/// </summary>
/// <param name="Root">The folder.</param>
/// <param name="WithOverlays">Whether overlays are asked for.</param>
internal sealed partial record ScoringFolder(string Root, bool WithOverlays)
{
    private string Labels => Path.Combine(Root, "labels");

    private string Overlays => Path.Combine(Root, "overlays");

    /// <summary>The file of the quantised model.</summary>
    public string Int8Model => Path.Combine(Root, "int8.gss");

    /// <summary>Whether there are label maps already.</summary>
    public bool HasLabels => Directory.Exists(Labels) && Directory.EnumerateFiles(Labels, "*.png", SearchOption.AllDirectories).Any();

    /// <summary>The file of the label map.</summary>
    public string LabelsOf(Photograph photograph) => Path.Combine(Labels, photograph.Stem + ".png");

    /// <summary>The file of the overlay.</summary>
    public string OverlayOf(Photograph photograph) => Path.Combine(Overlays, photograph.Stem + ".png");

    /// <summary>Whether nothing is left to be done for a photograph.</summary>
    public bool IsFinished(Photograph photograph) => File.Exists(LabelsOf(photograph)) && (!WithOverlays || File.Exists(OverlayOf(photograph)));

    /// <summary>Deletes what a process of this shard that was killed left of a file that it was writing.</summary>
    public void DeleteLeftovers(Shard shard)
    {
        foreach (string folder in new[] { Labels, Overlays }.Where(Directory.Exists))
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.tmp", SearchOption.AllDirectories))
            {
                if (LeftoverPattern().Match(Path.GetRelativePath(folder, path).Replace('\\', '/')) is { Success: true } match && shard.Owns(match.Groups[1].Value))
                {
                    File.Delete(path);
                }
            }
        }
    }

    /// <summary>Writes a small text file whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="overwrite">Whether an existing one is replaced; where not, it stays and nothing is said.</param>
    public static void WriteText(string path, string text, bool overwrite = true)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, text);
        Move(temporary, path, overwrite);
    }

    /// <summary>Gives a file that is whole its name.</summary>
    public static void Move(string temporary, string path, bool overwrite)
    {
        try
        {
            File.Move(temporary, path, overwrite);
        }
        catch (IOException) when (!overwrite && File.Exists(path))
        {
            File.Delete(temporary);
        }
    }

    // As the writers of GSS.Core name a file until it is whole.
    [GeneratedRegex(@"^(.*)\.png\.[0-9a-f]{32}\.tmp$", RegexOptions.Singleline)]
    private static partial Regex LeftoverPattern();
}
