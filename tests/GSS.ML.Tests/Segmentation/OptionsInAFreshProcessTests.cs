using System.Reflection;
using GSS.Core;
using GSS.Tests;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>
/// Every option of every estimator goes the whole way once with a value that is not its default: Fit, Save, a fresh process, Load, Transform. An option that no
/// run below sets fails the test.
/// </summary>
[TestClass]
public sealed class OptionsInAFreshProcessTests
{
    internal const string ListVariable = "GSS_TEST_OPTIONS";

    [TestMethod]
    public void Every_option_goes_through_fit_save_load_and_transform_in_a_fresh_process()
    {
        using var folder = new TemporaryFolder();
        object[][] runs = [Columns(folder), Schedule(folder), Inverse(folder), Learned(), Chain(folder), PerPixel()];
        var expected = new List<string>();
        var list = new List<string>();
        for (int i = 0; i < runs.Length; i++)
        {
            string zip = folder.File($"{i}.zip");
            (ITransformer model, IDataView photographs, string predicted) = Fit(runs[i]);
            TinyScenes.Segmentation.Save(model, null, zip);
            list.Add($"{zip}|{photographs.Schema[0].Name}|{predicted}");
            expected.AddRange(Lines(model, photographs, predicted));
            (model as IDisposable)?.Dispose();
        }

        File.WriteAllLines(folder.File("list.txt"), list);
        string[] found = ChildProcess.Run("options", [], (ListVariable, folder.File("list.txt"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        CollectionAssert.AreEqual(expected, found, string.Join('\n', found));
        object[] given = [.. runs.SelectMany(run => run)];
        Assert.IsEmpty(MissingFrom([.. given, .. given.OfType<GenerativeSegmenter.Options>().Select(options => options.Posterior)]));
    }

    [TestMethod]
    public void Bfloat16_is_refused_on_a_CPU_without_instructions_for_it()
    {
        GenerativeSegmenter.Options options = Tiny(new GenerativeSegmenter.Options { Precision = TrainingPrecision.BFloat16 });
        if (BFloat16Hardware.IsFast())
        {
            // The runs above train with it.
            TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options);
            return;
        }

        Assert.AreEqual(
            "The options of GenerativeSegmenter have 1 fault: Precision is BFloat16, expected Auto or Float32 where Device is Cpu and the processor has no AVX512_BF16.",
            Assert.ThrowsExactly<ArgumentException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options)).Message);
        if (!TorchSharp.torch.cuda.is_available())
        {
            options = options with { Device = TrainingDevice.Auto };
            Assert.AreEqual(
                "Precision is BFloat16, but training runs on a CPU without AVX512_BF16, expected a CPU with it or a CUDA device; choose Auto or Float32, or install a CUDA build of libtorch (GSS_LIBTORCH or -p:GssDevice=cuda).",
                Assert.ThrowsExactly<InvalidOperationException>(() => TinyScenes.Segmentation.Trainers.GenerativeSegmenter(options).Fit(TinyScenes.Data)).Message);
        }
    }

    [TestMethod]
    public void An_option_that_no_run_sets_is_named()
    {
        string[] missing = MissingFrom([new LatentTokenDecoder.Options { BatchSize = 3 }]);
        CollectionAssert.Contains(missing, "LatentTokenDecoder.InverseWeights");
        CollectionAssert.DoesNotContain(missing, "LatentTokenDecoder.BatchSize");
    }

    /// <summary>What a fresh process says of saved models: for each a line of columns, then a line for each mask.</summary>
    internal static string[] Score(params (string Zip, string ImageColumn, string PredictedColumn)[] models)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("list.txt"), models.Select(model => $"{model.Zip}|{model.ImageColumn}|{model.PredictedColumn}"));
        return ChildProcess.Run("options", [], (ListVariable, folder.File("list.txt"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What the child process does: a line for each mask of each model.</summary>
    public static void ScoreAll()
    {
        // As in applications that may be compiled ahead of time, file-based programs among them.
        AppContext.SetSwitch("System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault", false);
        foreach (string[] words in File.ReadLines(Environment.GetEnvironmentVariable(ListVariable)!).Select(line => line.Split('|')))
        {
            ITransformer model = new MLContext().Segmentation().Load(words[0], out _);
            foreach (string line in Lines(model, Photographs(words[1]), words[2]))
            {
                Console.WriteLine(line);
            }
        }
    }

    private static object[] Columns(TemporaryFolder folder) =>
    [
        new GenerativeSegmenter.Options
        {
            ImageColumnName = "Photo", LabelColumnName = "Truth", PredictedLabelColumnName = "Guess", MaskigeColumnName = "Colours", ConfidenceColumnName = "Sure",
            Encoder = TinyScenes.Encoder, Variant = MaskigeVariant.FFR, ShortSide = 40, ScoringBatchSize = 3, Epochs = 1, BatchSize = 2, CropWidth = 32, CropHeight = 40,
            Device = TrainingDevice.Cpu, Seed = 3, TokenDecoding = TokenDecoding.Expected, Threads = 1, Workers = 1, CacheBytes = 0, Flip = false, PhotometricDistortion = false,
            MinimumScale = 0.9, MaximumScale = 1.1, MaximumClassShare = 0.9, GradientAccumulation = 2, MaxTrainingTime = TimeSpan.FromMinutes(9), ClassTiedTokens = false, InteriorTokenShare = 0.5, KeptTokenShare = 0.6,
            ClassWeights = ClassWeighting.Frequency, FinalClassWeightPower = 0.5, LabelSmoothing = 0.1,
        },
    ];

    private static object[] PerPixel() =>
    [
        new PerPixelSegmenter.Options
        {
            Encoder = TinyScenes.Encoder, ImageColumnName = "Photo", LabelColumnName = "Truth", PredictedLabelColumnName = "Guess", ConfidenceColumnName = "Sure", ShortSide = 40, Epochs = 1, BatchSize = 2, CropWidth = 32, CropHeight = 40,
            Head = new ReferenceTokenHead(new ReferenceHeadSize(8, 16, 24, Heads: 2, Depth: 2), auxiliaryOnFused: false), ScoringBatchSize = 3,
            ClassWeights = ClassWeighting.Enet, FinalClassWeightPower = 0.4, LabelSmoothing = 0.2, Precision = TrainingPrecision.Auto,
        },
    ];

    private static object[] Schedule(TemporaryFolder folder) =>
    [
        Tiny(new GenerativeSegmenter.Options
        {
            TokenHead = new ReferenceTokenHead(new ReferenceHeadSize(8, 16, 24, Heads: 2, Depth: 2), auxiliaryOnFused: false),
            Palette = MaskigePalette.FromColors([new(10, 200, 30), new(220, 20, 60), new(40, 40, 250)]),
            Recipe = TrainingRecipe.Reference, ClassWeights = ClassWeighting.Enet, FinalClassWeightPower = 0.4, LearningRate = 2e-3, LearningRateSchedule = LearningRateSchedule.Poly, PolyPower = 0.5, WarmUpSteps = 1,
            WeightDecay = 0.02, GradientClipNorm = 1, EmaDecay = 0.9, EncoderLayerDecay = 0.8, FrozenStages = 1, TokenLossWeight = 0.7, AuxiliaryLossWeight = 0.3,
            TokenDecoding = TokenDecoding.Validated, ValidationSet = TinyScenes.Data, ValidationInterval = 2, EarlyStoppingPatience = 1, StopWhen = _ => false, Progress = _ => { }, MetricsCallback = _ => { },
            // On a processor without instructions for it a user's run is refused, see below.
            Precision = TrainingPrecision.BFloat16, BFloat16OnCpu = true,
            WorkspacePath = folder.File("workspace"), CheckpointMinutes = 0.01, CancellationToken = new CancellationTokenSource().Token, KeepBestOnCancellation = true,
        }),
    ];

    private static object[] Inverse(TemporaryFolder folder)
    {
        string dalle = SharedData.Require("reference", "golden", "b_dalle_small.safetensors");
        return [Tiny(new GenerativeSegmenter.Options
        {
            Variant = MaskigeVariant.FT, InverseWeights = NetworkChoiceTests.WriteInverse(folder, classes: 3), Tokenizer = new DalleTokenizer(dalle, dalle, 8, new DalleSize(16, 24, 64)),
        })];
    }

    private static object[] Learned() =>
    [
        Tiny(new GenerativeSegmenter.Options { Variant = MaskigeVariant.FT, Posterior = Tiny(new PosteriorOptions { InverseTraining = InverseTraining.Predictions }), KeepTrainingWeights = true, StartFrom = TinyScenes.Model, StartFromEncoder = false }),
    ];

    private static PosteriorOptions Tiny(PosteriorOptions options) =>
        options with { Steps = 3, BatchSize = 2, CropSize = 32, LearningRate = 0.02, StartTemperature = 0.8, EndTemperature = 0.3, Progress = _ => { } };

    private static object[] Chain(TemporaryFolder folder)
    {
        string dalle = SharedData.Require("reference", "golden", "b_dalle_small.safetensors");
        Tokenizer tokenizer = new DalleTokenizer(dalle, dalle, 8, new DalleSize(16, 24, 64));
        LatentPriorTrainer.Options prior = new()
        {
            Encoder = TinyScenes.Encoder,
            ImageColumnName = "Photo",
            LabelColumnName = "Truth",
            TokensColumnName = "Codes",
            PredictedTokensColumnName = "Guesses",
            Tokenizer = tokenizer,
            TokenDecoding = TokenDecoding.Agreement,
            Epochs = 1,
            BatchSize = 2,
            CropWidth = 32,
            CropHeight = 40,
            ScoringBatchSize = 2,
        };
        return
        [
            new MaskigeEncoder.Options
            {
                LabelColumnName = "Truth", MaskigeColumnName = "Colours", TokensColumnName = "Codes", Variant = MaskigeVariant.TT, Seed = 5, Tokenizer = tokenizer, BatchSize = 2, Palette = MaskigePalette.Random(3, 4),
                Posterior = Tiny(new PosteriorOptions()), ValidationSet = Renamed(), WorkspacePath = folder.File("posterior"), Device = TrainingDevice.Cpu, Threads = 1, CancellationToken = new CancellationTokenSource().Token,
            },
            prior,
            new LatentTokenDecoder.Options
            {
                PredictedTokensColumnName = "Guesses", PredictedLabelColumnName = "Guess", MaskigeColumnName = "Seen", Tokenizer = tokenizer, BatchSize = 2,
                InverseWeights = NetworkChoiceTests.WriteInverse(folder, classes: 3),
            },
        ];
    }

    private static GenerativeSegmenter.Options Tiny(GenerativeSegmenter.Options options) =>
        options with { Encoder = TinyScenes.Encoder, Epochs = 2, BatchSize = 2, CropWidth = 32, CropHeight = 40, Device = TrainingDevice.Cpu };

    private static (ITransformer Model, IDataView Photographs, string Predicted) Fit(object[] options)
    {
        SegmentationCatalog segmentation = TinyScenes.Segmentation;
        IDataView renamed = Renamed();
        if (options is [MaskigeEncoder.Options encoder, LatentPriorTrainer.Options prior, LatentTokenDecoder.Options decoder])
        {
            ITransformer chain = segmentation.Transforms.MaskigeEncoder(encoder).Append(segmentation.Trainers.LatentPrior(prior)).Append(segmentation.Transforms.LatentTokenDecoder(decoder)).Fit(renamed);
            return (chain, Photographs(prior.ImageColumnName), decoder.PredictedLabelColumnName);
        }

        if (options is [PerPixelSegmenter.Options perPixel])
        {
            return (segmentation.Trainers.PerPixelSegmenter(perPixel).Fit(renamed), Photographs(perPixel.ImageColumnName), perPixel.PredictedLabelColumnName);
        }

        var all = (GenerativeSegmenter.Options)options.Single();
        IDataView data = all.ImageColumnName == "Photo" ? renamed : TinyScenes.Data;
        return (segmentation.Trainers.GenerativeSegmenter(all).Fit(data), Photographs(all.ImageColumnName), all.PredictedLabelColumnName);
    }

    private static IDataView Renamed() =>
        TinyScenes.Context.Transforms.CopyColumns("Photo", "Image").Append(TinyScenes.Context.Transforms.CopyColumns("Truth", "Label")).Fit(TinyScenes.Data).Transform(TinyScenes.Data);

    internal static IDataView Photographs(string column)
    {
        IEnumerable<SegmentationSample> rows = Enumerable.Range(0, TinyScenes.Count).Select(i => new SegmentationSample { Image = TinyScenes.ToMLImage(TinyScenes.Draw(i).Image) });
        SchemaDefinition schema = SchemaDefinition.Create(typeof(SegmentationSample));
        schema.Remove(schema.Single(other => other.MemberName == nameof(SegmentationSample.Label)));
        schema[0].ColumnName = column;
        return new MLContext().Data.LoadFromEnumerable(rows, schema);
    }

    internal static IEnumerable<string> Lines(ITransformer model, IDataView photographs, string predicted)
    {
        IDataView scored = model.Transform(photographs);
        string columns = string.Join(", ", scored.Schema.Where(column => !column.IsHidden).Select(column => $"{column.Name}: {column.Type}"));
        return TinyScenes.Column<LabelMap>(scored, predicted).Select(ScoringProcess.Line).Prepend(columns);
    }

    /// <summary>Options that have their default in all of these. What trainers inherit from one record reaches the same code: GenerativeSegmenter's runs stand for it.</summary>
    private static string[] MissingFrom(object[] given) =>
    [
        .. given.GroupBy(options => options.GetType()).SelectMany(group => group.Key.GetProperties().Where(property => property.CanWrite)
            .Where(property => group.All(options => Equals(property.GetValue(options), property.GetValue(Activator.CreateInstance(group.Key)))))
            .Where(property => property.DeclaringType == group.Key || group.Key == typeof(GenerativeSegmenter.Options) || !given.Any(options => options is GenerativeSegmenter.Options))
            .Select(property => $"{(group.Key.DeclaringType ?? group.Key).Name}.{property.Name}")),
    ];
}
