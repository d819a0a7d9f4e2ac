using GSS.Core;

namespace Quickstart;

/// <summary>The photographs and label maps of a run: the user's own, or street scenes drawn into a folder just like them.</summary>
internal sealed record QuickstartData(SegmentationFiles Training, SegmentationFiles Validation)
{
    // Every so many-th pair is held out where the user names no validation folders.
    private const int HoldOut = 10;

    // Scenes to validate on are drawn from seeds that no training scene has.
    private const int FirstValidationSeed = 1_000_000;

    /// <summary>Finds, or draws, the pairs and checks that each label map has the size of its photograph.</summary>
    public static QuickstartData Prepare(QuickstartSettings settings, string scenesFolder, CancellationToken cancel)
    {
        QuickstartData data = settings.Images is null ? DrawScenes(settings, scenesFolder, cancel) : FindFiles(settings);
        data.Training.CheckSizes(cancel);
        data.Validation.CheckSizes(cancel);
        Console.WriteLine($"{data.Training.Count} pairs to train on, {data.Validation.Count} to measure on, {data.Training.Classes.Count} classes ({data.Training.Classes.Name}).");
        return data;
    }

    /// <summary>The classes that a word or a file of the command line names.</summary>
    public static SegmentationClasses FindClasses(string name) => name.ToLowerInvariant() switch
    {
        "camvid" => SegmentationClasses.CamVid,
        "cityscapes" => SegmentationClasses.Cityscapes,
        "cityscapes-ids" => SegmentationClasses.CityscapesLabelIds,
        "ade20k" => SegmentationClasses.Ade20k,
        "voc" => SegmentationClasses.Voc,
        _ => SegmentationClasses.FromFile(name),
    };

    private static QuickstartData FindFiles(QuickstartSettings settings)
    {
        SegmentationClasses classes = FindClasses(settings.Classes!);
        var all = SegmentationFiles.FromFolders(settings.Images!, settings.Labels!, classes, settings.Files);
        if (settings.ValidationImages is not null || settings.ValidationSplitList is not null)
        {
            return new(all, SegmentationFiles.FromFolders(
                settings.ValidationImages ?? settings.Images!, settings.ValidationLabels ?? settings.Labels!, classes, settings.Files with { SplitList = settings.ValidationSplitList }));
        }

        if (all.Count < 2)
        {
            throw new SegmentationDataException($"'{settings.Images}' has one photograph only, expected at least two: one to train on and one to measure on.");
        }

        int every = Math.Min(HoldOut, all.Count);
        bool IsHeldOut(int index) => index % every == every - 1;
        return new(
            SegmentationFiles.FromPairs(all.Pairs.Where((_, index) => !IsHeldOut(index)), classes),
            SegmentationFiles.FromPairs(all.Pairs.Where((_, index) => IsHeldOut(index)), classes));
    }

    private static QuickstartData DrawScenes(QuickstartSettings settings, string folder, CancellationToken cancel)
    {
        (int training, int validation, int width, int height) = settings.Small ? (24, 6, 96, 72) : (240, 40, 192, 144);
        string trainingFolder = Path.Combine(folder, "train"), validationFolder = Path.Combine(folder, "val");
        return ProgressView.Run("Drawing street scenes", progress =>
        {
            int done = 0;
            void Drawn() => progress(new(Interlocked.Increment(ref done) / (double)(training + validation)));
            StreetScenes.Write(trainingFolder, training, settings.Seed * 1000, width, height, Drawn, cancel);
            StreetScenes.Write(validationFolder, validation, FirstValidationSeed + (settings.Seed * 1000), width, height, Drawn, cancel);
            return new QuickstartData(Load(trainingFolder), Load(validationFolder));
        });

        static SegmentationFiles Load(string folder) => SegmentationFiles.FromFolders(Path.Combine(folder, "images"), Path.Combine(folder, "labels"), StreetScenes.Classes);
    }
}
