using GSS.Core;

namespace WebApp;

/// <summary>What the model sees in a photograph.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Classes">All classes of the model, in the order of their ids.</param>
internal sealed record SegmentedPhotograph(int Width, int Height, IReadOnlyList<ClassShare> Classes)
{
    /// <summary>Counts the pixels of a label map.</summary>
    public static SegmentedPhotograph Of(LabelMap labels, SegmentationClasses classes)
    {
        long[] counts = new long[256];
        foreach (byte id in labels.Ids)
        {
            counts[id]++;
        }

        return new(labels.Width, labels.Height, [.. Enumerable.Range(0, classes.Count).Select(id => new ClassShare(id, classes.Names[id], ColorOf(classes.Colors[id]), counts[id] / (double)labels.Ids.Length))]);
    }

    /// <summary>As in <c>#808040</c>.</summary>
    public static string ColorOf(RgbColor color) => $"#{color.R:x2}{color.G:x2}{color.B:x2}";
}

/// <summary>One class, and how much of the photograph is it.</summary>
/// <param name="Id">0, 1, …</param>
/// <param name="Name">Its name.</param>
/// <param name="Color">Its display colour, the one in the palette of the label map.</param>
/// <param name="Share">Its share of the pixels, 0..1.</param>
internal sealed record ClassShare(int Id, string Name, string Color, double Share);
