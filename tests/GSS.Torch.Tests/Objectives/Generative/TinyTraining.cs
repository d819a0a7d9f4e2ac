using System.Security.Cryptography;
using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>A training run of seconds: nine small pictures of bars on a ground, a narrow encoder.</summary>
internal static class TinyTraining
{
    /// <summary>Batches in an epoch.</summary>
    public const int StepsPerEpoch = 4;

    /// <summary>Steps in the run.</summary>
    public const int Steps = 2 * StepsPerEpoch;

    public static SegmentationClasses Classes { get; } = new("bars", ["ground", "bar", "tall bar"], [new(0, 0, 0), new(255, 0, 0), new(0, 255, 0)]);

    /// <summary>Writes the pictures and their label maps as files.</summary>
    public static void WriteFiles(string folder)
    {
        for (int i = 0; i < 9; i++)
        {
            (RgbImage image, LabelMap labels) = Sample(i);
            ImageWriter.SavePng(image, Path.Combine(folder, "images", $"{i}.png"));
            LabelWriter.SavePng(labels, Classes, Path.Combine(folder, "labels", $"{i}.png"));
        }
    }

    public static SegmentationFiles Files(string folder) => SegmentationFiles.FromFolders(Path.Combine(folder, "images"), Path.Combine(folder, "labels"), Classes);

    public static MemorySamples Samples(int count = 9) => new(count, Sample);

    public static GenerativeOptions Options(string? workspace) => new()
    {
        Encoder = new ResNetEncoder("narrow ResNet-18", 18, null, stemChannels: 4, baseChannels: 4),
        Epochs = 2,
        BatchSize = 2,
        CropWidth = 48,
        CropHeight = 32,
        Seed = 7,
        Device = TrainingDevice.Cpu,
        WorkspacePath = workspace,
    };

    /// <summary>The loss of the first step of an epoch in which the tokens alone are learned; the auxiliary head is there and weighs next to nothing.</summary>
    public static double FirstTokenLoss(GenerativeOptions options)
    {
        double first = double.NaN;
        using DisposeScope scope = TorchTest.NewScope();
        using TrainedPrior prior = Run(Samples(), options with { Epochs = 1, AuxiliaryLossWeight = 1e-12, TokenLossWeight = 1, Progress = progress => first = double.IsNaN(first) ? progress.Loss : first });
        return first;
    }

    /// <summary>The same for a per-pixel head.</summary>
    public static PerPixelOptions PerPixel(string? workspace) => new()
    {
        Encoder = Options(null).Encoder,
        Epochs = 2,
        BatchSize = 2,
        CropWidth = 48,
        CropHeight = 32,
        Seed = 7,
        Device = TrainingDevice.Cpu,
        WorkspacePath = workspace,
    };

    public static TrainedPerPixel Run(ISegmentationSamples samples, PerPixelOptions options, ISegmentationSamples? validation = null) =>
        PerPixelTraining.Run(samples, Classes, options, validation);

    /// <summary>Two of the files, to validate on.</summary>
    public static SegmentationFiles ValidationFiles(string folder) => SegmentationFiles.FromPairs(Files(folder).Pairs.Take(2), Classes);

    public static TrainedPrior Run(ISegmentationSamples samples, GenerativeOptions options, ISegmentationSamples? validation = null) =>
        LatentPriorTraining.Run(samples, Classes, MaskigePalette.MaximalDistance(3), options, validation);

    /// <summary>A hash over every weight and running statistic.</summary>
    public static string Hash(TrainedSegmenter prior)
    {
        using DisposeScope scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((_, Tensor value) in prior.Network.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(value.detach().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What the child process of <see cref="ResumeTests"/> does: trains in a workspace, prints each step and the hash of the weights, or hangs after one step until it is killed.</summary>
    public static void Child()
    {
        string folder = Environment.GetEnvironmentVariable("GSS_TEST_FOLDER")!;
        int hangAfter = int.Parse(Environment.GetEnvironmentVariable("GSS_TEST_HANG")!);
        double minutes = double.Parse(Environment.GetEnvironmentVariable("GSS_TEST_MINUTES")!);
        SegmentationFiles files = Files(folder);
        using TrainedPrior prior = Run(files, Options(Path.Combine(folder, "workspace")) with
        {
            CheckpointMinutes = minutes,
            Progress = progress =>
            {
                Console.WriteLine($"step {progress.Step}");
                if (progress.Step == hangAfter)
                {
                    Thread.Sleep(Timeout.Infinite);
                }
            },
        }, ValidationFiles(folder));
        Console.WriteLine($"weights {Hash(prior)}");
    }

    public static (RgbImage Image, LabelMap Labels) Sample(int index)
    {
        const int Width = 60, Height = 44;
        var random = new Random(index);
        var image = new RgbImage(Width, Height);
        byte[] ids = new byte[Width * Height];
        for (int bar = 0; bar < 5; bar++)
        {
            int left = random.Next(Width - 10), top = random.Next(Height);
            byte id = (byte)(top < Height / 2 ? 2 : 1);
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = i % Width >= left && i % Width < left + 9 && i / Width >= top ? id : ids[i];
            }
        }

        for (int i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = (byte)((ids[i / 3] == i % 3 ? 160 : 60) + random.Next(40));
        }

        ids.AsSpan(0, Width).Fill(LabelMap.Void);
        return (image, new LabelMap(Width, Height, ids));
    }
}
