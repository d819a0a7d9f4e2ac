using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using GSS.Core;
using GSS.Onnx;
using Quickstart;

namespace Scoring;

/// <summary>The run: what is left to be scored, the model, the photographs one by one.</summary>
internal static class ScoringRun
{
    // One is read or written while the model looks at the other.
    private const int AtOnce = 2;

    /// <summary>Runs, and answers with the exit code: 0, 3 where photographs could not be scored, 1 after a sentence about what went wrong, 130 after Ctrl+C.</summary>
    public static int Start(ScoringSettings settings)
    {
        using var cancellation = new CancellationTokenSource();
        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            cancellation.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        try
        {
            return Run(settings, cancellation.Token) == 0 ? 0 : 3;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"Stopped; the same command goes on with what is not in '{settings.Output}' yet.");
            return 130;
        }
        catch (Exception exception) when (exception is SegmentationDataException or SegmentationModelException or ArgumentException or NotSupportedException or IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    private static int Run(ScoringSettings settings, CancellationToken cancel)
    {
        RequireSeparate(settings);
        IReadOnlyList<Photograph> all = Photographs.In(settings.Images);
        var record = ScoringRecord.Of(settings);
        var folder = new ScoringFolder(settings.Output, settings.Overlays);
        record.Check(folder);

        IReadOnlyDictionary<Photograph, string> doubles = Photographs.Doubles(all);
        Photograph[] ours = [.. all.Where(photograph => settings.Shard.Owns(photograph.Stem))];
        Photograph[] pending = [.. ours.Where(photograph => !doubles.ContainsKey(photograph) && !folder.IsFinished(photograph))];
        int doubled = ours.Count(doubles.ContainsKey);
        Console.WriteLine(Invariant($"{all.Count} photographs{(settings.Shard.Count > 1 ? $", {ours.Length} of them of shard {settings.Shard.Index} of {settings.Shard.Count}" : "")}: {ours.Length - pending.Length - doubled} finished before, {pending.Length} to score."));

        // The model is opened before anything is written: a wrong one leaves nothing.
        using SegmentationModel? model = pending.Length > 0 ? ScoringModel.Open(settings, package => Int8Model.Of(package, settings, all, record, folder, cancel)) : null;
        record.Keep(folder);
        folder.DeleteLeftovers(settings.Shard);
        var stillOpen = pending.Select(photograph => photograph.Name).ToHashSet(StringComparer.Ordinal);
        var failed = new FailedFile(Path.Combine(settings.Output, settings.Shard.NameOf("failed", ".csv")), stillOpen.Contains);
        try
        {
            foreach (Photograph photograph in ours.Where(doubles.ContainsKey))
            {
                failed.Add(photograph.Name, doubles[photograph]);
            }

            if (model is not null)
            {
                ProgressView.Run("Scoring", progress => ScoreAll(settings.Images, pending, model, folder, failed, progress, cancel));
            }
        }
        finally
        {
            failed.Flush();
        }

        Console.WriteLine(failed.Count == 0
            ? Invariant($"All {ours.Length} label maps are in '{settings.Output}'.")
            : Invariant($"{ours.Length - failed.Count} label maps are in '{settings.Output}'; {failed.Count} could not be scored, '{settings.Shard.NameOf("failed", ".csv")}' there says why."));
        return failed.Count;
    }

    private static int ScoreAll(string images, Photograph[] pending, SegmentationModel model, ScoringFolder folder, FailedFile failed, Action<Progress> progress, CancellationToken cancel)
    {
        int done = 0;
        var clock = Stopwatch.StartNew();
        try
        {
            Parallel.ForEach(Partitioner.Create(pending, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, photograph =>
            {
                Score(images, photograph, model, folder, failed);
                int count = Interlocked.Increment(ref done);
                progress(new(count / (double)pending.Length, Invariant($"{count}/{pending.Length}, {count / clock.Elapsed.TotalSeconds:F1} images/s")));
            });
        }
        catch (AggregateException exception)
        {
            // A full disk stops both.
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }

        Console.WriteLine(Invariant($"{done} photographs in {clock.Elapsed.TotalSeconds:F1} s, {done / clock.Elapsed.TotalSeconds:F1} images/s."));
        return done;
    }

    private static void Score(string images, Photograph photograph, SegmentationModel model, ScoringFolder folder, FailedFile failed)
    {
        SegmentationClasses classes = model.Manifest.Classes;
        string labelsPath = folder.LabelsOf(photograph);
        LabelMap labels;
        RgbImage? overlay;
        try
        {
            RgbImage image = ImageReader.Read(Path.Combine(images, photograph.Name));
            labels = File.Exists(labelsPath) ? LabelReader.Read(labelsPath, classes) : model.Predict(image).Labels;
            overlay = folder.WithOverlays ? Overlay.Draw(image, labels, classes) : null;
        }
        catch (Exception exception) when (exception is SegmentationDataException or ArgumentException or InvalidOperationException)
        {
            // Damaged, too large for the model or for the memory: the others go on.
            failed.Add(photograph.Name, exception.Message);
            return;
        }

        if (!File.Exists(labelsPath))
        {
            LabelWriter.SavePng(labels, classes, labelsPath);
        }

        if (overlay is not null)
        {
            ImageWriter.SavePng(overlay, folder.OverlayOf(photograph));
        }

        failed.Remove(photograph.Name);
    }

    // Label maps among the photographs would be scored themselves by the next run.
    private static void RequireSeparate(ScoringSettings settings)
    {
        string images = Folder(settings.Images), output = Folder(settings.Output);
        if (images.StartsWith(output, StringComparison.Ordinal) || output.StartsWith(images, StringComparison.Ordinal))
        {
            throw new ArgumentException($"The folders '{settings.Images}' of --images and '{settings.Output}' of --output lie one in the other, expected two apart: name another folder with --output.");
        }

        static string Folder(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) + Path.DirectorySeparatorChar;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
