using CsCheck;
using Scoring;

namespace GSS.ML.Tests;

/// <summary>Which part of a folder a process of a cluster takes.</summary>
[TestClass]
public sealed class ShardTests
{
    [TestMethod]
    public void Each_photograph_belongs_to_one_shard_whatever_others_there_are() => Gen.Select(Gen.String, Gen.Int[1, 50]).Sample((stem, count) =>
        Assert.AreEqual(1, Enumerable.Range(0, count).Count(index => new Shard(index, count).Owns(stem))));

    [TestMethod]
    public void Shards_are_of_about_one_size()
    {
        int[] sizes = [.. Enumerable.Range(0, 8).Select(index => Enumerable.Range(0, 8000).Count(i => new Shard(index, 8).Owns($"drive/{i:D6}")))];

        // A thousand each, give or take five standard deviations of a fair die.
        Assert.IsTrue(sizes.All(size => size is > 850 and < 1150), string.Join(' ', sizes));
    }

    [TestMethod]
    public void The_rule_is_for_ever()
    {
        // The first byte of the SHA-256 of "a", "b" and "inner/a" (sha256sum), the shard of 256: a folder half scored by one version goes on with the next.
        foreach ((string stem, int firstByte) in new[] { ("a", 0xca), ("b", 0x3e), ("inner/a", 0xaa) })
        {
            Assert.IsTrue(new Shard(firstByte, 256).Owns(stem), stem);
        }
    }

    [TestMethod]
    [DataRow("JOB_COMPLETION_INDEX=2", 4, 2, 4)]
    [DataRow("SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_COUNT=4", null, 2, 4)]
    [DataRow("SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_STEP=2", null, 2, 4)]
    [DataRow("SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_COUNT=1", 4, 2, 4)]
    [DataRow("", null, 0, 1)]
    [DataRow("", 1, 0, 1)]
    public void The_environment_says_which_shard_this_is(string environment, int? shards, int index, int count) =>
        Assert.AreEqual(new Shard(index, count), Shard.FromEnvironment(Variables(environment), shards));

    [TestMethod]
    [DataRow("JOB_COMPLETION_INDEX=2", null, "expected --shards N: give the number of the job's completions.")]
    [DataRow("JOB_COMPLETION_INDEX=4", 4, "JOB_COMPLETION_INDEX is 4, expected 0 to 3 as --shards is 4")]
    [DataRow("SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=4", 4, "SLURM_ARRAY_TASK_ID is 4, expected 0 to 3 as --shards is 4")]
    [DataRow("SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=3", null, "expected an array without gaps")]
    [DataRow("SLURM_ARRAY_TASK_ID=1", null, "expected an array without gaps")]
    [DataRow("", 4, "give --shard I/4, I from 0.")]
    public void An_environment_that_does_not_say_it_is_refused(string environment, int? shards, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<ShardException>(() => Shard.FromEnvironment(Variables(environment), shards)).Message);

    [TestMethod]
    public void The_option_is_an_index_of_a_count()
    {
        Assert.AreEqual(new Shard(3, 4), Shard.Parse("3/4"));
        foreach (string text in new[] { "4/4", "-1/4", "1", "1/0", "a/b", "1/2/3", "" })
        {
            Assert.IsNull(Shard.Parse(text), text);
        }
    }

    private static Func<string, string?> Variables(string environment)
    {
        var values = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return name => values.GetValueOrDefault(name);
    }
}
