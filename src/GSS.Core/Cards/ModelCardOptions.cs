namespace GSS.Core;

/// <summary>What a <see cref="ModelCard"/> says beside what the model package says of itself. Everything may be left out; the card then says that it is not known, or leaves out the part.</summary>
/// <remarks>Texts in sentences are Markdown and are written as they are. Names, captions, titles and settings are plain text, whose special characters are escaped.</remarks>
public sealed record ModelCardOptions
{
    /// <summary>Gets or sets the title, plain text.</summary>
    /// <value>The default value is null: the names of classes, encoder and variant.</value>
    public string? Title { get; set; }

    /// <summary>Gets or sets what stands below the title, Markdown.</summary>
    /// <value>The default value is null: nothing.</value>
    public string? Description { get; set; }

    /// <summary>Gets or sets what the model was trained and measured on, Markdown: which data set, who took the photographs, where, which split.</summary>
    /// <value>The default value is null.</value>
    public string? Data { get; set; }

    /// <summary>Gets or sets the number of photographs that were trained on, at least 1.</summary>
    /// <value>The default value is null: not known.</value>
    public int? TrainingPhotographs { get; set; }

    /// <summary>Gets or sets the number of photographs that were measured on, at least 1.</summary>
    /// <value>The default value is null: not known.</value>
    public int? ValidationPhotographs { get; set; }

    /// <summary>Gets or sets the licence of the data, Markdown.</summary>
    /// <value>The default value is null: not named.</value>
    public string? DataLicence { get; set; }

    /// <summary>Gets or sets where the encoder's first weights come from, Markdown.</summary>
    /// <value>The default value is null: not named.</value>
    public string? EncoderWeights { get; set; }

    /// <summary>Gets or sets the licence of the encoder's first weights, Markdown.</summary>
    /// <value>The default value is null: not named.</value>
    public string? EncoderWeightsLicence { get; set; }

    /// <summary>Gets or sets the licence of the model, Markdown.</summary>
    /// <value>The default value is null: not named.</value>
    public string? ModelLicence { get; set; }

    /// <summary>Gets or sets the settings of training, in the order of the table. <c>SegmentationCatalog.WriteModelCard</c> takes them from the trainer's options.</summary>
    /// <value>The default value is empty.</value>
    public IReadOnlyList<ModelCardSetting> Settings { get; set; } = [];

    /// <summary>Gets or sets the seed of training.</summary>
    /// <value>The default value is null: not known.</value>
    public int? Seed { get; set; }

    /// <summary>Gets or sets how long training took, above 0.</summary>
    /// <value>The default value is null: not known.</value>
    public TimeSpan? TrainingTime { get; set; }

    /// <summary>Gets or sets the most memory that the training process held, in bytes, above 0.</summary>
    /// <value>The default value is null: not known.</value>
    public long? PeakMemoryBytes { get; set; }

    /// <summary>Gets or sets the machine that trained, Markdown, such as its processor and the number of threads.</summary>
    /// <value>The default value is null: not known.</value>
    public string? Machine { get; set; }

    /// <summary>Gets or sets what <c>Evaluate</c> measured, over the classes of the model.</summary>
    /// <value>The default value is null: not measured.</value>
    public SegmentationMetrics? Metrics { get; set; }

    /// <summary>Gets or sets what the tokenizer leaves to be reached, over the classes of the model. For generative models alone.</summary>
    /// <value>The default value is null: not measured.</value>
    public TokenizerCeiling? Ceiling { get; set; }

    /// <summary>Gets or sets the pictures to show. Each file must exist, on the drive of the card.</summary>
    /// <value>The default value is empty.</value>
    public IReadOnlyList<ModelCardPicture> Pictures { get; set; } = [];

    /// <summary>Gets or sets what the model is for, Markdown.</summary>
    /// <value>The default value is <see cref="ModelCard.DefaultIntendedUse"/>.</value>
    public string IntendedUse { get; set; } = ModelCard.DefaultIntendedUse;

    /// <summary>Gets or sets what the model must not be used for and what it cannot do, each a line of Markdown.</summary>
    /// <value>The default value is <see cref="ModelCard.DefaultLimits"/>.</value>
    /// <remarks>Classes with few pixels are added by the card, from <see cref="Metrics"/>.</remarks>
    public IReadOnlyList<string> Limits { get; set; } = ModelCard.DefaultLimits;

    /// <summary>Gets or sets the share of the labelled pixels, 0..1, below which the card warns of a class.</summary>
    /// <value>The default value is 0.01.</value>
    public double FewPixels { get; set; } = 0.01;

    /// <summary>Everything that cannot be written, each fault as one sentence.</summary>
    /// <param name="manifest">What the model is.</param>
    /// <param name="folder">The card's folder.</param>
    internal IReadOnlyList<string> Faults(SegmentationModelManifest manifest, string folder)
    {
        var faults = new List<string>();
        foreach ((string name, string? text) in new[]
        {
            (nameof(Title), Title), (nameof(Description), Description), (nameof(Data), Data), (nameof(DataLicence), DataLicence), (nameof(EncoderWeights), EncoderWeights),
            (nameof(EncoderWeightsLicence), EncoderWeightsLicence), (nameof(ModelLicence), ModelLicence), (nameof(Machine), Machine),
        })
        {
            Require(text is null || text.Trim().Length > 0, $"{name} is empty, expected null or a text.");
        }

        Require(TrainingPhotographs is null or >= 1, FormattableString.Invariant($"{nameof(TrainingPhotographs)} is {TrainingPhotographs}, expected null or at least 1."));
        Require(ValidationPhotographs is null or >= 1, FormattableString.Invariant($"{nameof(ValidationPhotographs)} is {ValidationPhotographs}, expected null or at least 1."));
        Require(TrainingTime is null || TrainingTime > TimeSpan.Zero, FormattableString.Invariant($"{nameof(TrainingTime)} is {TrainingTime}, expected null or above 0."));
        Require(PeakMemoryBytes is null or > 0, FormattableString.Invariant($"{nameof(PeakMemoryBytes)} is {PeakMemoryBytes}, expected null or above 0."));
        Require(FewPixels is >= 0 and <= 1, FormattableString.Invariant($"{nameof(FewPixels)} is {FewPixels}, expected a share from 0 to 1."));
        Require(!string.IsNullOrWhiteSpace(IntendedUse), $"{nameof(IntendedUse)} is {(IntendedUse is null ? "null" : "empty")}, expected a text.");
        Require(Limits is not null && Limits.All(limit => !string.IsNullOrWhiteSpace(limit)), $"{nameof(Limits)} is null or has an empty line, expected texts.");
        Require(Settings is not null && Settings.All(setting => setting?.Value is not null && !string.IsNullOrWhiteSpace(setting.Name)), $"{nameof(Settings)} is null or has one without name or value, expected both of each.");
        Require(manifest.Method == SegmentationMethod.Generative || Ceiling is null, $"{nameof(Ceiling)} is given for a per-pixel model, which has no tokenizer, expected null.");
        RequireClasses(nameof(Metrics), Metrics);
        RequireClasses($"{nameof(Ceiling)}.{nameof(TokenizerCeiling.Reconstruction)}", Ceiling?.Reconstruction);
        RequireClasses($"{nameof(Ceiling)}.{nameof(TokenizerCeiling.Prediction)}", Ceiling?.Prediction);
        RequireClasses($"{nameof(Ceiling)}.{nameof(TokenizerCeiling.PredictionAgainstReconstruction)}", Ceiling?.PredictionAgainstReconstruction);
        Require(Pictures is not null && Pictures.All(picture => picture?.Caption is not null && !string.IsNullOrWhiteSpace(picture.Path)), $"{nameof(Pictures)} is null or has one without path or caption, expected both of each.");
        if (Pictures?.FirstOrDefault(picture => !string.IsNullOrWhiteSpace(picture?.Path) && !File.Exists(picture.Path)) is { } missing)
        {
            faults.Add($"The picture '{missing.Path}' was not found, expected a file that is there before the card: write it first, relative paths start at the folder '{Environment.CurrentDirectory}'.");
        }

        if (Pictures?.FirstOrDefault(picture => !string.IsNullOrWhiteSpace(picture?.Path) && Path.IsPathRooted(Path.GetRelativePath(folder, picture.Path))) is { } elsewhere)
        {
            faults.Add($"The picture '{elsewhere.Path}' is on another drive than the card in '{folder}', expected one drive: a relative link cannot lead there.");
        }

        return faults;

        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }

        void RequireClasses(string name, SegmentationMetrics? metrics)
        {
            if (metrics is not null && !metrics.PerClass.Select(c => c.Name).SequenceEqual(manifest.Classes.Names))
            {
                faults.Add($"{name} has the classes {Some(metrics.PerClass.Select(c => c.Name))}, expected those of the model, {Some(manifest.Classes.Names)}: evaluate this model.");
            }
        }
    }

    private static string Some(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return $"{string.Join(", ", all.Take(3).Select(name => $"'{name}'"))}{(all.Length > 3 ? $" and {all.Length - 3} more" : "")}";
    }
}
