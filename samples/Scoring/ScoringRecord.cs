using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using GSS.Core;

namespace Scoring;

/// <summary>What the label maps of a folder were made with, in its <c>scoring.json</c>: label maps of two models, or of one in two ways, are never mixed.</summary>
/// <param name="Model">The model's file name, for people.</param>
/// <param name="ModelSha256">What its file holds.</param>
/// <param name="Window">The windows' side; null where photographs were scored whole.</param>
/// <param name="Int8">Whether the model was quantised.</param>
internal sealed record ScoringRecord(string Model, string ModelSha256, int? Window, bool Int8 = false)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The record of these settings.</summary>
    /// <exception cref="SegmentationModelException">The model cannot be read.</exception>
    public static ScoringRecord Of(ScoringSettings settings)
    {
        try
        {
            using FileStream model = File.OpenRead(settings.Model);
            return new(Path.GetFileName(settings.Model), Convert.ToHexStringLower(SHA256.HashData(model)), settings.Window, settings.Int8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SegmentationModelException(
                exception is FileNotFoundException or DirectoryNotFoundException
                    ? $"The model '{settings.Model}' of --model does not exist, expected an ML.NET model (.zip) or a model package (.gss): check the path, relative paths start at '{Environment.CurrentDirectory}'."
                    : $"The model '{settings.Model}' of --model could not be read ({exception.Message.TrimEnd('.')}), expected an ML.NET model (.zip) or a model package (.gss): give a file that may be read.",
                exception);
        }
    }

    /// <summary>Compares with what the folder was made with.</summary>
    /// <exception cref="SegmentationDataException">It was made otherwise.</exception>
    public void Check(ScoringFolder folder)
    {
        string path = PathIn(folder);
        if (!File.Exists(path))
        {
            if (folder.HasLabels || File.Exists(folder.Int8Model))
            {
                throw new SegmentationDataException($"The folder '{folder.Root}' of --output has {(folder.HasLabels ? "label maps" : $"'{Path.GetFileName(folder.Int8Model)}'")} but no scoring.json that says of which model {(folder.HasLabels ? "they are" : "it is")}: name another folder with --output.");
            }

            return;
        }

        ScoringRecord? found = Read(path);
        string? difference =
            found is null ? "a scoring.json that is damaged"
            : found.ModelSha256 != ModelSha256 ? $"label maps of another model ('{found.Model}', SHA-256 {Short(found.ModelSha256)}; --model is '{Model}', {Short(ModelSha256)})"
            : found.Window != Window ? $"label maps that were scored with {Words(found.Window)}, now asked for {Words(Window)}"
            : found.Int8 != Int8 ? $"label maps that were scored with {Words(found.Int8)}, now asked for {Words(Int8)}"
            : null;
        if (difference is not null)
        {
            throw new SegmentationDataException($"The folder '{folder.Root}' of --output has {difference}: name another folder with --output.");
        }
    }

    /// <summary>Writes the record where there is none yet; where another shard was faster, compares with its.</summary>
    /// <exception cref="SegmentationDataException">The other shard has another model or options.</exception>
    public void Keep(ScoringFolder folder)
    {
        Directory.CreateDirectory(folder.Root);
        ScoringFolder.WriteText(PathIn(folder), JsonSerializer.Serialize(this, s_json) + "\n", overwrite: false);
        Check(folder);
    }

    private static string PathIn(ScoringFolder folder) => Path.Combine(folder.Root, "scoring.json");

    private static ScoringRecord? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<ScoringRecord>(File.ReadAllText(path), s_json) is { ModelSha256: not null } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Short(string hash) => hash.Length > 8 ? hash[..8] + "…" : hash;

    private static string Words(int? window) => window is { } side ? string.Create(CultureInfo.InvariantCulture, $"--window {side}") : "no --window";

    private static string Words(bool int8) => int8 ? "--int8" : "no --int8";
}
