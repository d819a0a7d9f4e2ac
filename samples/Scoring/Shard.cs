using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Scoring;

/// <summary>One of several processes that share a folder of photographs.</summary>
/// <param name="Index">Which one, from 0.</param>
/// <param name="Count">Of how many.</param>
internal sealed record Shard(int Index, int Count)
{
    /// <summary>One process alone.</summary>
    public static Shard Whole { get; } = new(0, 1);

    /// <summary>
    /// Whether a photograph is this shard's. The rule depends on its path inside the folder alone, not on its place in the sorted list: photographs that come or go
    /// while shards start would move all others from one to the next, and some would be scored twice and some never.
    /// </summary>
    /// <param name="stem">The path inside the folder, with slashes, without extension.</param>
    public bool Owns(string stem) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(stem))) % (ulong)Count == (ulong)Index;

    /// <summary>A file name that no other shard has: <c>failed.csv</c> becomes <c>failed-0-of-4.csv</c>.</summary>
    public string NameOf(string name, string extension) => Count == 1 ? name + extension : string.Create(CultureInfo.InvariantCulture, $"{name}-{Index}-of-{Count}{extension}");

    /// <summary>Reads what stands behind <c>--shard</c>.</summary>
    /// <returns>Null where it is none.</returns>
    public static Shard? Parse(string text) =>
        text.Split('/') is [var index, var count] && Number(index) is { } i && Number(count) is { } n && i < n ? new(i, n) : null;

    /// <summary>What Kubernetes (an indexed job) or Slurm (a job array) say in the environment; without them one process is all.</summary>
    /// <param name="variable">Gives the value of a variable of the environment.</param>
    /// <param name="count">How many shards there are; null where the command line does not say.</param>
    /// <exception cref="ShardException">The variables do not say which shard this is.</exception>
    public static Shard FromEnvironment(Func<string, string?> variable, int? count)
    {
        if (variable("JOB_COMPLETION_INDEX") is { Length: > 0 } pod)
        {
            int of = count ?? throw new ShardException($"JOB_COMPLETION_INDEX is {pod}, but Kubernetes does not say of how many, expected --shards N: give the number of the job's completions.");
            return Of("JOB_COMPLETION_INDEX", pod, of);
        }

        if (variable("SLURM_ARRAY_TASK_ID") is { Length: > 0 } task)
        {
            return count is { } of ? Of("SLURM_ARRAY_TASK_ID", task, of) : OfArray(variable, task);
        }

        return count is null or 1 ? Whole : throw new ShardException(
            string.Create(CultureInfo.InvariantCulture, $"--shards is {count}, but neither JOB_COMPLETION_INDEX nor SLURM_ARRAY_TASK_ID says which one this is: give --shard I/{count}, I from 0."));
    }

    private static Shard Of(string name, string text, int count) => Number(text) is { } index && index < count
        ? new(index, count)
        : throw new ShardException(string.Create(CultureInfo.InvariantCulture, $"{name} is {text}, expected 0 to {count - 1} as --shards is {count}: number the tasks from 0."));

    // An array may begin anywhere and go in steps (--array=1-7:2).
    private static Shard OfArray(Func<string, string?> variable, string task)
    {
        int[] found = [.. new[] { task, variable("SLURM_ARRAY_TASK_MIN"), variable("SLURM_ARRAY_TASK_COUNT"), variable("SLURM_ARRAY_TASK_STEP") ?? "1" }.Select(text => Number(text ?? "") ?? -1)];
        (int id, int least, int count, int step) = (found[0], found[1], found[2], found[3]);
        bool isRegular = least >= 0 && step > 0 && id >= least && (id - least) % step == 0 && (id - least) / step < count;
        return isRegular ? new((id - least) / step, count) : throw new ShardException(
            $"SLURM_ARRAY_TASK_ID is {task}, SLURM_ARRAY_TASK_MIN '{variable("SLURM_ARRAY_TASK_MIN")}' and SLURM_ARRAY_TASK_COUNT '{variable("SLURM_ARRAY_TASK_COUNT")}', expected an array without gaps: submit with --array=0-3 and give --shards 4.");
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}

/// <summary>Nobody says which shard this is; the message is one sentence for the person at the terminal.</summary>
internal sealed class ShardException(string message) : Exception(message);
