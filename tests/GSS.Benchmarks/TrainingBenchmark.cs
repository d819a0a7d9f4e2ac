using System.Diagnostics;
using System.Runtime.InteropServices;
using GSS.Core;
using GSS.Torch;
using TorchSharp;

namespace GSS.Benchmarks;

/// <summary>A training step of Stage II as users run it against the same network, loss and optimizer in PyTorch.</summary>
internal sealed class TrainingBenchmark : IBenchmark
{
    private const int Crop = 256;
    private const int BatchSize = 4;
    private const int Threads = 2;

    // Both memory layouts are timed: PyTorch as it comes, and channels last, which its users choose with one line.
    private const string Script = """
        folder, size, count, tokens, classes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
        torch.set_num_threads(int(sys.argv[6]))
        torch.set_grad_enabled(True)
        palette = torch.frombuffer(bytes_of(folder + "/palette"), dtype=torch.float32).reshape(-1, 3)
        images = torch.frombuffer(bytes_of(folder + "/images"), dtype=torch.uint8).reshape(count, size, size, 3).permute(0, 3, 1, 2).float()
        labels = torch.frombuffer(bytes_of(folder + "/labels"), dtype=torch.uint8).reshape(count, size, size).long()
        def step_in(layout):
            prior = load(LatentPrior(tokens, classes), folder + "/prior").train().to(memory_format=layout)
            tokenizer = load(Tokenizer(tokens), folder + "/tokenizer").eval().requires_grad_(False)
            batch = images.contiguous(memory_format=layout)
            parameters = list(prior.parameters())
            optimizer = torch.optim.AdamW([
                {"params": [p for p in parameters if p.dim() > 1], "weight_decay": 0.01},
                {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0}], lr=1e-3)
            def step():
                logits, auxiliary = prior(batch)
                full = F.interpolate(auxiliary, labels.shape[1:], mode="bilinear", align_corners=False)
                with torch.no_grad():
                    void = labels == 255
                    composed = torch.where(void, full.argmax(1), labels)
                    targets = tokenizer.encode(palette[composed].permute(0, 3, 1, 2))
                    targets[F.max_pool2d((~void).float()[:, None], 4)[:, 0] == 0] = -100
                loss = 0.8 * F.cross_entropy(logits, targets) + 0.2 * F.cross_entropy(full, labels, ignore_index=255)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                return loss.item()
            return step
        serve(step_in(torch.contiguous_format), step_in(torch.channels_last))
        """;

    public string Name => "training";

    public string Summary => $"a training step, crop {Crop}, batch {BatchSize}, ResNet-18, two threads, against the same in PyTorch (--steps N, 15)";

    public void Run(BenchmarkArguments arguments, BenchmarkReport report)
    {
        int steps = arguments.Number("--steps", 15);
        TorchNative.EnsureLoaded();
        int threadsBefore = torch.get_num_threads();
        torch.set_num_threads(Threads);
        string folder = Directory.CreateTempSubdirectory("gss-training-").FullName;
        try
        {
            using PythonPeer python = StartPython(folder) ?? throw new BenchmarkException("There is no Python with PyTorch on this machine; this benchmark compares with it.");
            Measure(python, steps, report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            torch.set_num_threads(threadsBefore);
        }
    }

    private static void Measure(PythonPeer python, int steps, BenchmarkReport report)
    {
        // The first step warms up: memory is taken, kernels are chosen.
        var ours = new List<double>();
        var theirs = new[] { new List<double>(), new List<double>() };
        long begin = Stopwatch.GetTimestamp();
        var options = new GenerativeOptions
        {
            BatchSize = BatchSize,
            CropWidth = Crop,
            CropHeight = Crop,
            Epochs = steps + 1,

            // The paper's loss, as the peer has it.
            ClassTiedTokens = false,
            InteriorTokenShare = 1,
            TokenLossWeight = 0.8,
            AuxiliaryLossWeight = 0.2,
            Device = TrainingDevice.Cpu,
            Progress = progress =>
            {
                ours.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                for (int layout = 0; layout < theirs.Length; layout++)
                {
                    theirs[layout].Add(python.Milliseconds(layout));
                }

                // Threads of the peer may still be waiting for more work.
                Thread.Sleep(10);
                begin = Stopwatch.GetTimestamp();
            },
        };
        LatentPriorTraining.Run(new DrawnSamples(BatchSize, Crop), SegmentationClasses.CamVid, MaskigePalette.MaximalDistance(SegmentationClasses.CamVid.Count), options).Dispose();

        double our = Timing.Median([.. ours.Skip(1)]), standard = Timing.Median([.. theirs[0].Skip(1)]), channelsLast = Timing.Median([.. theirs[1].Skip(1)]);
        report.Line(
            $"One step of GSS-FF from batch to moved weights: forward, targets (colouring, tokenizer), both losses, backward, AdamW. ResNet-18, crop {Crop}x{Crop}, batch {BatchSize}, "
            + $"{Tokenizers.Compact().VocabularySize} tokens, {Threads} threads each, median of {steps} steps taken in turns. Ours is the trainer as users run it, which makes the next batches meanwhile; "
            + "PyTorch has its batch in memory all the time.");
        report.Table(["what", "ms a step", "images/s"],
        [
            ["GSS.ML (TorchSharp)", our, BatchSize * 1000 / our],
            [$"PyTorch {python.Version}, default layout", standard, BatchSize * 1000 / standard],
            [$"PyTorch {python.Version}, channels last", channelsLast, BatchSize * 1000 / channelsLast],
        ]);
        report.Line("The bar counts the faster layout.");
        report.BarAtLeast("training-images-per-second-against-pytorch", Math.Min(standard, channelsLast) / our, 1);
    }

    private static PythonPeer? StartPython(string folder)
    {
        SegmentationClasses classes = SegmentationClasses.CamVid;
        var samples = new DrawnSamples(BatchSize, Crop);
        (RgbImage Image, LabelMap Labels)[] batch = [.. Enumerable.Range(0, BatchSize).Select(samples.Read)];
        File.WriteAllBytes(Path.Combine(folder, "images"), [.. batch.SelectMany(sample => sample.Image.Pixels.ToArray())]);
        File.WriteAllBytes(Path.Combine(folder, "labels"), [.. batch.SelectMany(sample => sample.Labels.Ids.ToArray())]);
        float[] colors = [.. MaskigePalette.MaximalDistance(classes.Count).Colors.SelectMany(c => new[] { c.R / 255f, c.G / 255f, c.B / 255f })];
        File.WriteAllBytes(Path.Combine(folder, "palette"), MemoryMarshal.AsBytes<float>(colors));
        using TokenizerNetwork tokenizer = Tokenizers.Compact().CreateNetwork();
        using var network = new LatentPriorNetwork(ImageEncoders.ResNet18().CreateNetwork(), tokenizer.VocabularySize, classes.Count, seed: 1);
        PyTorchPrior.WriteWeights(network, tokenizer, folder);
        return PythonPeer.TryStart(PyTorchPrior.Script + Script, folder, $"{Crop}", $"{BatchSize}", $"{tokenizer.VocabularySize}", $"{classes.Count}", $"{Threads}");
    }
}
