using System.Diagnostics;
using Spectre.Console;

namespace Quickstart;

/// <summary>How far some work is.</summary>
/// <param name="Done">The share that is done, 0..1.</param>
/// <param name="Words">A few words beside it.</param>
/// <param name="Remaining">The time that is left; where null, it is estimated from the time so far.</param>
internal readonly record struct Progress(double Done, string Words = "", TimeSpan? Remaining = null);

/// <summary>Shows how far a long piece of work is: a bar with the time that is left or, where the output goes to a file, a line now and then.</summary>
internal static class ProgressView
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    /// <summary>Runs some work, which tells how far it is, from any thread.</summary>
    public static T Run<T>(string title, Func<Action<Progress>, T> work) =>
        AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected ? WithBar(title, work) : WithLines(title, work);

    /// <summary>Writes a line, above the bar where one is shown.</summary>
    public static void WriteLine(string text)
    {
        if (Console.IsOutputRedirected)
        {
            Console.WriteLine(text);
        }
        else
        {
            AnsiConsole.WriteLine(text);
        }
    }

    private static T WithBar<T>(string title, Func<Action<Progress>, T> work) =>
        AnsiConsole.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                var clock = Stopwatch.StartNew();
                T result = work(progress =>
                {
                    task.Value = progress.Done;
                    task.Description = Markup.Escape($"{title} {Left(progress, clock.Elapsed)} {progress.Words}");
                });
                task.Value = 1;
                task.Description = Markup.Escape($"{title} done in {clock.Elapsed:m\\:ss}");
                return result;
            });

    private static T WithLines<T>(string title, Func<Action<Progress>, T> work)
    {
        Console.WriteLine(title);
        var clock = Stopwatch.StartNew();
        TimeSpan last = TimeSpan.Zero;
        var door = new Lock();
        T result = work(progress =>
        {
            lock (door)
            {
                if (clock.Elapsed - last >= BetweenLines)
                {
                    last = clock.Elapsed;
                    Console.WriteLine($"  {progress.Done,4:P0} {Left(progress, clock.Elapsed)} {progress.Words}");
                }
            }
        });
        Console.WriteLine($"  done in {clock.Elapsed:m\\:ss}");
        return result;
    }

    private static string Left(Progress progress, TimeSpan elapsed)
    {
        if (progress is { Done: <= 0, Remaining: null })
        {
            return "";
        }

        TimeSpan left = progress.Remaining ?? elapsed * ((1 - progress.Done) / progress.Done);
        return left < TimeSpan.FromHours(1) ? $"{left:m\\:ss} left" : $"{left:h\\:mm\\:ss} left";
    }
}
