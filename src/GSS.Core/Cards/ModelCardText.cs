using System.Text;
using static System.FormattableString;

namespace GSS.Core;

/// <summary>The text of a model card, section by section.</summary>
/// <param name="package">The model.</param>
/// <param name="options">What it does not know; validated already.</param>
/// <param name="folder">The card's folder, where links start.</param>
internal sealed partial class ModelCardText(SegmentationModelPackage package, ModelCardOptions options, string folder)
{
    private const string NotKnown = "not known";
    private const string NotNamed = "not named; ask whoever trained the model";

    private readonly StringBuilder _text = new();

    private SegmentationModelManifest Manifest => package.Manifest;

    private bool IsGenerative => Manifest.Method == SegmentationMethod.Generative;

    /// <summary>All sections; every line ends with a line feed.</summary>
    public string Write()
    {
        _text.Append("# ").Append(Markdown.Escape(options.Title ?? $"{Manifest.Classes.Name}, {Manifest.Encoder}, {(IsGenerative ? $"GSS-{Manifest.Variant}" : "per-pixel head")}")).Append('\n');
        Paragraph(options.Description);
        WriteModel();
        WriteData();
        WriteTraining();
        WriteFigures();
        WritePictures();
        WriteUse();
        return _text.ToString();
    }

    private void WriteModel()
    {
        Heading("Model");
        var rows = new List<(string Name, string Value)>();
        if (IsGenerative)
        {
            rows.Add(("method", "Generative Semantic Segmentation: photograph → latent tokens → maskige → label map"));
            rows.Add(("variant", $"{Markdown.Escape(Manifest.Variant)} ({VariantMeaning()})"));
            rows.Add(("tokenizer", Invariant($"{Markdown.Escape(Manifest.Tokenizer!)}, stride {Manifest.Stride}, {Manifest.VocabularySize} tokens")));
            if (Manifest.TokenDecoding is { } decoding)
            {
                rows.Add(("decision between tokens", Markdown.Escape(decoding)));
            }
        }
        else
        {
            rows.Add(("method", "per-pixel head: photograph → label map, in one network"));
            rows.Add(("head", Markdown.Escape(Manifest.Variant)));
        }

        rows.Add(("image encoder", Markdown.Escape(Manifest.Encoder)));
        rows.Add(("working size", Manifest.ShortSide is { } side ? Invariant($"photographs are resized to a short side of {side} pixels") : "each photograph at its own size"));
        rows.Add(("output", "a label map at the size of the photograph"));
        rows.Add(("normalisation", $"mean {Numbers(Manifest.Mean)}, standard deviation {Numbers(Manifest.StandardDeviation)} of red, green and blue in 0..255, inside the network"));
        rows.Add(("made with", $"GSS.ML {Markdown.Escape(Manifest.LibraryVersion)}"));
        rows.Add(("package format", Invariant($"{Manifest.FormatVersion}")));
        foreach ((string part, byte[]? bytes) in new[]
        {
            (SegmentationModelPackage.PriorPart, package.Prior), (SegmentationModelPackage.DecoderPart, package.Decoder),
            (SegmentationModelPackage.EncoderPart, package.Encoder), (SegmentationModelPackage.SegmenterPart, package.Segmenter),
        })
        {
            if (bytes is not null)
            {
                rows.Add(($"`{part}`", Invariant($"{bytes.Length / 1e6:0.00} MB, SHA-256 `{package.PartHashes[part]}`")));
            }
        }

        Table(["property", "value"], 2, rows.Select(row => new[] { row.Name, row.Value }));
        Heading(Invariant($"Classes: {Markdown.Escape(Manifest.Classes.Name)}"), level: 3);
        IReadOnlyList<RgbColor>? palette = Manifest.Palette?.Colors;
        Table(
            ["id", "class", "display colour", .. palette is null ? Array.Empty<string>() : ["maskige colour"]],
            4,
            Manifest.Classes.Names.Select((name, id) => new[] { Invariant($"{id}"), Markdown.Escape(name), $"`{Manifest.Classes.Colors[id]}`" }.Concat(palette is null ? [] : [$"`{palette[id]}`"])));
    }

    private void WriteData()
    {
        Heading("Data");
        Paragraph(options.Data);
        Table(["photographs", "number"], 1, [["to train on", Number(options.TrainingPhotographs)], ["to measure on", Number(options.ValidationPhotographs)]]);
        Heading("Licences");
        _text.Append('\n');
        Item("Data", options.DataLicence);
        Item("First weights of the encoder", options.EncoderWeights is null ? options.EncoderWeightsLicence
            : $"{Markdown.OneLine(options.EncoderWeights)}; licence: {Markdown.OneLine(options.EncoderWeightsLicence ?? NotNamed)}");
        Item("Model", options.ModelLicence);
    }

    private void WriteTraining()
    {
        Heading("Training");
        if (options.Settings.Count > 0)
        {
            bool hasDefaults = options.Settings.Any(setting => setting.Default is not null);
            Table(
                ["option", "value", .. hasDefaults ? ["default"] : Array.Empty<string>()],
                3,
                options.Settings.Select(s => new[] { Markdown.Escape(s.Name), Markdown.Escape(s.Value) }.Concat(hasDefaults ? [Markdown.Escape(s.Default ?? "")] : [])));
        }
        else
        {
            Paragraph("The settings were not written down.");
        }

        _text.Append('\n');
        Item("Seed", Number(options.Seed));
        Item("Time of training", options.TrainingTime is { } time ? Duration(time) : NotKnown);
        Item("Peak memory of the process", options.PeakMemoryBytes is { } bytes ? Invariant($"{bytes / 1073741824.0:0.00} GiB") : NotKnown);
        Item("Machine", options.Machine ?? NotKnown);
    }

    private void WritePictures()
    {
        if (options.Pictures.Count > 0)
        {
            Heading("Pictures");
            foreach (ModelCardPicture picture in options.Pictures)
            {
                string caption = Markdown.Escape(picture.Caption);
                Paragraph($"![{caption}]({Markdown.Link(folder, picture.Path)})");
                Paragraph(caption);
            }
        }
    }

    private void WriteUse()
    {
        Heading("Intended use");
        Paragraph(options.IntendedUse);
        Heading("Not for");
        _text.Append('\n');
        foreach (string limit in options.Limits)
        {
            _text.Append("- ").Append(Markdown.OneLine(limit)).Append('\n');
        }

        foreach (string limit in RareClasses())
        {
            _text.Append("- ").Append(limit).Append('\n');
        }
    }

    private string VariantMeaning() => Manifest.Variant switch
    {
        "FF" => "the class of a pixel is the nearest colour of the palette",
        "FF-R" => "the palette is drawn at random; the class of a pixel is its nearest colour",
        "TF" => "the palette was learned; the class of a pixel is its nearest colour",
        "TT" => "the palette was learned together with X⁻¹, the network that tells the class of a pixel",
        _ => "the class of a pixel is told by a trained network, X⁻¹",
    };

    private void Heading(string text, int level = 2) => _text.Append('\n').Append('#', level).Append(' ').Append(text).Append('\n');

    private void Paragraph(string? markdown)
    {
        if (markdown is not null)
        {
            _text.Append('\n').Append(markdown.Trim().ReplaceLineEndings("\n")).Append('\n');
        }
    }

    private void Item(string name, string? markdown) => _text.Append("- ").Append(name).Append(": ").Append(Markdown.OneLine(markdown ?? NotNamed)).Append('\n');

    private void Table(IReadOnlyCollection<string> header, int textColumns, IEnumerable<IEnumerable<string>> rows) => _text.Append('\n').Append(Markdown.Table(header, textColumns, rows));

    private static string Number(int? value) => value is { } number ? Invariant($"{number}") : NotKnown;

    private static string Numbers(IEnumerable<float> values) => string.Join(", ", values.Select(value => Invariant($"{value}")));

    private static string Duration(TimeSpan time) => time < TimeSpan.FromMinutes(1) ? Invariant($"{time.TotalSeconds:0.0} s")
        : time < TimeSpan.FromHours(1) ? Invariant($"{time.Minutes} min {time.Seconds} s")
        : Invariant($"{(int)time.TotalHours} h {time.Minutes} min");
}
