using System.Diagnostics;
using Spectre.Console;

namespace Quickstart;

/// <summary>Shows how far a long piece of work is: a bar with the time that is left or, where the output goes to a file, a line now and then.</summary>
internal static class ProgressView
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    /// <summary>Runs some work that tells how much of it is done, from 0 to 1, with a few words beside it.</summary>
    public static T Run<T>(string title, Func<Action<double, string>, T> work) =>
        AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected ? WithBar(title, work) : WithLines(title, work);

    private static T WithBar<T>(string title, Func<Action<double, string>, T> work) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                T result = work((done, words) =>
                {
                    task.Value = done;
                    task.Description = Markup.Escape(words.Length == 0 ? title : $"{title}: {words}");
                });
                task.Value = 1;
                return result;
            });

    private static T WithLines<T>(string title, Func<Action<double, string>, T> work)
    {
        Console.WriteLine(title);
        var clock = Stopwatch.StartNew();
        TimeSpan last = TimeSpan.Zero;
        var door = new Lock();
        T result = work((done, words) =>
        {
            lock (door)
            {
                if (clock.Elapsed - last < BetweenLines || done <= 0)
                {
                    return;
                }

                last = clock.Elapsed;
                TimeSpan left = clock.Elapsed * ((1 - done) / done);
                Console.WriteLine($"  {done,4:P0}  {left:m\\:ss} left  {words}");
            }
        });
        Console.WriteLine($"  done in {clock.Elapsed:m\\:ss}");
        return result;
    }
}
