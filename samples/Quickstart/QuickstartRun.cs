using System.Runtime.InteropServices;
using GSS.Core;
using GSS.Torch;

namespace Quickstart;

/// <summary>The run: data, training, numbers, saving, loading, pictures.</summary>
internal static class QuickstartRun
{
    /// <summary>Runs, and answers with the exit code: 0, or 1 after a sentence about what went wrong, or 130 after Ctrl+C.</summary>
    public static int Start(QuickstartSettings settings)
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
            Run(settings, cancellation.Token);
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine(settings.Workspace is null
                ? "Cancelled; nothing was kept. With --workspace DIR a run can be cancelled and continued."
                : $"Cancelled; the same command goes on from the last checkpoint in '{settings.Workspace}'.");
            return 130;
        }
        catch (Exception exception) when (exception is SegmentationDataException or SegmentationModelException or NativeLibraryException or WeightFileException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    private static void Run(QuickstartSettings settings, CancellationToken cancel)
    {
        using ScratchFolder? scratch = settings.Workspace is null ? new ScratchFolder() : null;
        string folder = scratch?.Path ?? Directory.CreateDirectory(settings.Workspace!).FullName;
        var data = QuickstartData.Prepare(settings, Path.Combine(folder, settings.Small ? "scenes-small" : "scenes"), cancel);
    }

    /// <summary>A folder that is gone when the run ends.</summary>
    private sealed class ScratchFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("gss-quickstart-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
