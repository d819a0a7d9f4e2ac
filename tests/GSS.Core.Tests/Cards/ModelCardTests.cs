using System.Globalization;

namespace GSS.Core.Tests;

/// <summary>Cards of models made by hand, whose figures are fractions that can be counted on fingers.</summary>
[TestClass]
public sealed class ModelCardTests
{
    private static readonly SegmentationClasses Classes = new("Street*3*", ["a|b", "*road*", "pole"], [new(1, 2, 3), new(16, 32, 48), new(255, 0, 128)]);

    private static readonly SegmentationModelPackage Generative = new(
        new SegmentationModelManifest
        {
            LibraryVersion = "9.8.7",
            Variant = "FF",
            Classes = Classes,
            Palette = MaskigePalette.FromColors([new(255, 0, 0), new(0, 255, 0), new(0, 0, 255)]),
            Tokenizer = "compact_vqvae",
            Stride = 4,
            VocabularySize = 1024,
            TokenDecoding = "MostLikely",
            Encoder = "ResNet-18",
            Mean = [1.5f, 2, 3],
            StandardDeviation = [4, 5, 6.25f],
        },
        [1, 2, 3],
        [4, 5, 6, 7]);

    // Truth: six of the first class, three of the second, one of the third, and void.
    private static readonly SegmentationMetrics Metrics = Measure([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 255], [0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 2]);

    private static readonly TokenizerCeiling Ceiling = new()
    {
        Reconstruction = Measure([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 255], [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0]),
        Prediction = Metrics,
        PredictionAgainstReconstruction = Measure([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 255], [0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 2]),
    };

    [TestMethod]
    public void Card_OfAGenerativeModel_IsThisText()
    {
        using var folder = new TestFolder();
        ModelCard.Write(folder.File("card.md"), Generative, Everything(folder));
        const string expected = """
            # C\# \*1\* \<b\>

            A model of **three** classes.

            ## Model

            | property | value |
            | --- | --- |
            | method | Generative Semantic Segmentation: photograph → latent tokens → maskige → label map |
            | variant | FF (the class of a pixel is the nearest colour of the palette) |
            | tokenizer | compact\_vqvae, stride 4, 1024 tokens |
            | decision between tokens | MostLikely |
            | image encoder | ResNet-18 |
            | working size | each photograph at its own size |
            | output | a label map at the size of the photograph |
            | normalisation | mean 1.5, 2, 3, standard deviation 4, 5, 6.25 of red, green and blue in 0..255, inside the network |
            | made with | GSS.ML 9.8.7 |
            | package format | 2 |
            | `prior.onnx` | 0.00 MB, SHA-256 `039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81` |
            | `decoder.onnx` | 0.00 MB, SHA-256 `c6d44cf418f610e3fe9e1d9294ff43def81c6cdcad6cbb1820cff48d3aa4355d` |

            ### Classes: Street\*3\*

            | id | class | display colour | maskige colour |
            | --- | --- | --- | --- |
            | 0 | a\|b | `#010203` | `#ff0000` |
            | 1 | \*road\* | `#102030` | `#00ff00` |
            | 2 | pole | `#ff0080` | `#0000ff` |

            ## Data

            Streets of *one* town.

            | photographs | number |
            | --- | --: |
            | to train on | 1367 |
            | to measure on | 101 |

            ## Licences

            - Data: CC BY 4.0
            - First weights of the encoder: ImageNet; licence: MIT
            - Model: MIT too

            ## Training

            | option | value | default |
            | --- | --- | --- |
            | Epochs | 24 | 30 |
            | Crop\|Width | 1\*2 |  |

            - Seed: 7
            - Time of training: 1 h 2 min
            - Peak memory of the process: 1.50 GiB
            - Machine: two cores

            ## Figures

            In percent, over all labelled pixels of the photographs to measure on; void pixels are left out. A dash stands where there is nothing to divide by.

            | mIoU | mAcc | aAcc |
            | --: | --: | --: |
            | 48.81 | 61.11 | 80.00 |

            ### By class

            | class | IoU | accuracy (recall) | precision | F1 (Dice) | share of pixels |
            | --- | --: | --: | --: | --: | --: |
            | a\|b | 71.43 | 83.33 | 83.33 | 83.33 | 60.00 |
            | \*road\* | 75.00 | 100.00 | 75.00 | 85.71 | 30.00 |
            | pole | 0.00 | 0.00 | - | 0.00 | 10.00 |

            ### Confusion matrix

            A row is the truth, a column the prediction; in percent of the row.

            | truth | a\|b | \*road\* | pole |
            | --- | --: | --: | --: |
            | a\|b | 83.3 | 16.7 | 0.0 |
            | \*road\* | 0.0 | 100.0 | 0.0 |
            | pole | 100.0 | 0.0 | 0.0 |

            ### What the tokenizer leaves to be reached

            True label maps that were encoded to tokens and decoded again are not quite themselves any more. Their IoU against the truth is the ceiling: a prediction without one wrong token reaches it.

            | what | mIoU | mAcc | aAcc |
            | --- | --: | --: | --: |
            | truth through the tokenizer and back, against the truth (ceiling) | 61.90 | 66.67 | 90.00 |
            | prediction, against the truth | 48.81 | 61.11 | 80.00 |
            | prediction, against the truth through the tokenizer and back | 80.36 | 92.86 | 90.00 |

            | class | IoU of the ceiling | IoU of the prediction |
            | --- | --: | --: |
            | a\|b | 85.71 | 71.43 |
            | \*road\* | 100.00 | 75.00 |
            | pole | 0.00 | 0.00 |

            ## Pictures

            ![Photograph \[left\]](pictures/a%20b%281%29.png)

            Photograph \[left\]

            ## Intended use

            For a test.

            ## Not for

            - Nothing else.
            - Classes with few pixels, below 12.5 % of those measured, were seldom seen; do not rely on them: pole (10.00 % of the pixels, IoU 0.00 %).

            """;
        Assert.AreEqual(expected.ReplaceLineEndings("\n"), File.ReadAllText(folder.File("card.md")));
    }

    [TestMethod]
    public void Card_OfAPerPixelModel_WithoutAnythingElse_SaysWhatIsNotKnown()
    {
        using var folder = new TestFolder();
        var package = new SegmentationModelPackage(
            new SegmentationModelManifest { Method = SegmentationMethod.PerPixel, Variant = "light", Classes = Classes, Encoder = "Swin-T", ShortSide = 360 }, [5, 6]);
        ModelCard.Write(folder.File("card.md"), package, new ModelCardOptions());
        string card = File.ReadAllText(folder.File("card.md"));
        foreach (string line in new[]
        {
            "# Street\\*3\\*, Swin-T, per-pixel head",
            "| method | per-pixel head: photograph → label map, in one network |",
            "| head | light |",
            "| working size | photographs are resized to a short side of 360 pixels |",
            "| `segmenter.onnx` | 0.00 MB, SHA-256 `c42522128b49193de8cd45d8f7589cd7e085e65f138640d57d4482e5f7189623` |",
            "| id | class | display colour |",
            "| to train on | not known |",
            "- Data: not named; ask whoever trained the model",
            "- Model: not named; ask whoever trained the model",
            "The settings were not written down.",
            "- Seed: not known",
            "- Time of training: not known",
            "- Peak memory of the process: not known",
            "Nothing was measured.",
            ModelCard.DefaultIntendedUse,
            $"- {ModelCard.DefaultLimits[0]}",
            $"- {ModelCard.DefaultLimits[^1]}",
        })
        {
            CollectionAssert.Contains(card.Split('\n'), line);
        }

        foreach (string absent in new[] { "tokenizer", "maskige", "## Pictures", "Confusion", "few pixels" })
        {
            Assert.DoesNotContain(absent, card);
        }
    }

    [TestMethod]
    [DataRow("FF-R", "the palette is drawn at random")]
    [DataRow("FT", "a trained network")]
    [DataRow("FT-W", "a trained network")]
    public void Variants_AreExplained(string variant, string expected)
    {
        using var folder = new TestFolder();
        SegmentationModelManifest of = Generative.Manifest;
        var manifest = new SegmentationModelManifest { Variant = variant, Classes = Classes, Palette = of.Palette, Tokenizer = "t", Stride = 4, VocabularySize = 2, Encoder = "e" };
        ModelCard.Write(folder.File("card.md"), new(manifest, [1], [2]), new());
        string line = File.ReadLines(folder.File("card.md")).Single(l => l.StartsWith("| variant |", StringComparison.Ordinal));
        Assert.Contains(variant, line);
        Assert.Contains(expected, line);
    }

    [TestMethod]
    public void Classes_WithoutPixels_AreNamed_AndNotAmongTheRare()
    {
        using var folder = new TestFolder();
        ModelCard.Write(folder.File("card.md"), Generative, new ModelCardOptions { Metrics = Measure([0, 0, 0, 1], [0, 0, 0, 1]), FewPixels = 0.3 });
        string[] lines = File.ReadAllLines(folder.File("card.md"));
        CollectionAssert.Contains(lines, "- Nothing is known of classes that are nowhere in the measured label maps: pole.");
        CollectionAssert.Contains(lines, "- Classes with few pixels, below 30 % of those measured, were seldom seen; do not rely on them: \\*road\\* (25.00 % of the pixels, IoU 100.00 %).");
        CollectionAssert.Contains(lines, "| pole | - | - | - | - | 0.00 |");
        CollectionAssert.Contains(lines, "| pole | - | - | - |");
    }

    [TestMethod]
    public void Matrices_OfManyClasses_AreTheLargestMistakes()
    {
        using var folder = new TestFolder();
        const int count = 41;
        var classes = new SegmentationClasses("Many", [.. Enumerable.Range(0, count).Select(k => $"c{k}")]);
        var confusion = new ConfusionMatrix(count);
        confusion.Add(new LabelMap(5, 1, [0, 0, 0, 0, 1]), new LabelMap(5, 1, [7, 7, 0, 3, 2]));
        var manifest = new SegmentationModelManifest { Method = SegmentationMethod.PerPixel, Variant = "light", Classes = classes, Encoder = "e" };
        ModelCard.Write(folder.File("card.md"), new(manifest, [1]), new() { Metrics = confusion.ToMetrics(classes) });
        string[] lines = File.ReadAllLines(folder.File("card.md"));
        int start = Array.IndexOf(lines, "| truth | predicted as | share |");
        CollectionAssert.AreEqual(new[] { "| c0 | c7 | 50.0 |", "| c0 | c3 | 25.0 |", "| c1 | c2 | 100.0 |", "" }, lines[(start + 2)..(start + 6)]);
    }

    [TestMethod]
    public void Card_IsTheSameInGermany()
    {
        using var folder = new TestFolder();
        ModelCardOptions options = Everything(folder);
        ModelCard.Write(folder.File("here.md"), Generative, options);
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = German();
            Assert.AreEqual("1.234,5 -1", $"{1234.5:N1} {-1}", "Otherwise this test shows nothing.");
            ModelCard.Write(folder.File("there.md"), Generative, options);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        CollectionAssert.AreEqual(File.ReadAllBytes(folder.File("here.md")), File.ReadAllBytes(folder.File("there.md")));
    }

    [TestMethod]
    public void Faults_AreAllListed_AndAnOldCardStays()
    {
        using var folder = new TestFolder();
        string card = folder.File("card.md"), missing = folder.File("missing.png");
        File.WriteAllText(card, "old");
        var other = new SegmentationClasses("other", ["a", "b", "c", "d"]);
        var options = new ModelCardOptions
        {
            Title = " ",
            Machine = "",
            TrainingPhotographs = 0,
            ValidationPhotographs = -1,
            TrainingTime = TimeSpan.Zero,
            PeakMemoryBytes = 0,
            FewPixels = double.NaN,
            IntendedUse = "",
            Limits = ["a", ""],
            Settings = [new("", "1")],
            Metrics = new ConfusionMatrix(4).ToMetrics(other),
            Pictures = [new(missing, "x")],
        };
        string expected = "The model card has 12 faults: Title is empty, expected null or a text. Machine is empty, expected null or a text. "
            + "TrainingPhotographs is 0, expected null or at least 1. ValidationPhotographs is -1, expected null or at least 1. "
            + "TrainingTime is 00:00:00, expected null or above 0. PeakMemoryBytes is 0, expected null or above 0. FewPixels is NaN, expected a share from 0 to 1. "
            + "IntendedUse is empty, expected a text. Limits is null or has an empty line, expected texts. Settings is null or has one without name or value, expected both of each. "
            + "Metrics has the classes 'a', 'b', 'c' and 1 more, expected those of the model, 'a|b', '*road*', 'pole': evaluate this model. "
            + $"The picture '{missing}' was not found, expected a file that is there before the card: write it first, relative paths start at the folder '{Environment.CurrentDirectory}'.";
        Assert.AreEqual(expected, Assert.ThrowsExactly<ArgumentException>(() => ModelCard.Write(card, Generative, options)).Message);
        Assert.AreEqual("old", File.ReadAllText(card));
        CollectionAssert.AreEqual(new[] { card }, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void ACeiling_BelongsToAGenerativeModel()
    {
        using var folder = new TestFolder();
        var package = new SegmentationModelPackage(new SegmentationModelManifest { Method = SegmentationMethod.PerPixel, Variant = "light", Classes = Classes, Encoder = "e" }, [5, 6]);
        Assert.AreEqual(
            "The model card has 1 fault: Ceiling is given for a per-pixel model, which has no tokenizer, expected null.",
            Assert.ThrowsExactly<ArgumentException>(() => ModelCard.Write(folder.File("card.md"), package, new() { Ceiling = Ceiling })).Message);
        var numbered = new TokenizerCeiling { Reconstruction = new ConfusionMatrix(3).ToMetrics() };
        Assert.AreEqual(
            "The model card has 1 fault: Ceiling.Reconstruction has the classes 'class 0', 'class 1', 'class 2', expected those of the model, 'a|b', '*road*', 'pole': evaluate this model.",
            Assert.ThrowsExactly<ArgumentException>(() => ModelCard.Write(folder.File("card.md"), Generative, new() { Ceiling = numbered })).Message);
    }

    [TestMethod]
    public void Write_IsWholeOrNotAtAll()
    {
        using var folder = new TestFolder();
        string card = folder.File("card.md");
        File.WriteAllText(card, "old");

        // Whoever reads the old card while it is replaced reads all of it: the new one is another file with the same name.
        using (var reader = new StreamReader(new FileStream(card, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)))
        {
            ModelCard.Write(card, Generative, new());
            Assert.AreEqual("old", reader.ReadToEnd());
        }

        Assert.StartsWith("# Street", File.ReadAllText(card));
        CollectionAssert.AreEqual(new[] { card }, Directory.GetFiles(folder.Path), "Nothing else is left in the folder.");
        Assert.AreNotEqual(0xEF, File.ReadAllBytes(card)[0], "No byte order mark.");

        string below = Path.Combine(card, "card.md");
        Assert.StartsWith($"'{below}' could not be written", Assert.ThrowsExactly<IOException>(() => ModelCard.Write(below, Generative, new())).Message);
        Assert.StartsWith("# Street", File.ReadAllText(card));
    }

    [TestMethod]
    public void Folders_AreMade_AndLinksLeadOutOfThem()
    {
        using var folder = new TestFolder();
        string picture = folder.Write("x.png", [1]), card = Path.Combine(folder.Path, "new", "folder", "card.md");
        ModelCard.Write(card, Generative, new() { Pictures = [new(picture, "x")] });
        CollectionAssert.Contains(File.ReadAllLines(card), "![x](../../x.png)");
    }

    [TestMethod]
    [DataRow("0:00:00.25", "0.3 s")]
    [DataRow("0:00:59", "59.0 s")]
    [DataRow("0:01:00", "1 min 0 s")]
    [DataRow("0:59:59", "59 min 59 s")]
    [DataRow("1.01:02:03", "25 h 2 min")]
    public void Times_AreReadable(string time, string expected)
    {
        using var folder = new TestFolder();
        ModelCard.Write(folder.File("card.md"), Generative, new() { TrainingTime = TimeSpan.Parse(time, CultureInfo.InvariantCulture) });
        CollectionAssert.Contains(File.ReadAllLines(folder.File("card.md")), $"- Time of training: {expected}");
    }

    [TestMethod]
    [DataRow("plain name-1.5", "plain name-1.5")]
    [DataRow("\\`*_[]<>|~&#$", "\\\\\\`\\*\\_\\[\\]\\<\\>\\|\\~\\&\\#\\$")]
    [DataRow(" two\r\nlines\tand ", "two  lines and")]
    public void Escape_LeavesNothingWithAMeaning(string text, string expected) => Assert.AreEqual(expected, Markdown.Escape(text));

    private static ModelCardOptions Everything(TestFolder folder) => new()
    {
        Title = "C# *1* <b>",
        Description = "A model of **three** classes.",
        Data = "Streets of *one* town.",
        TrainingPhotographs = 1367,
        ValidationPhotographs = 101,
        DataLicence = "CC BY\n4.0",
        EncoderWeights = "ImageNet",
        EncoderWeightsLicence = "MIT",
        ModelLicence = "MIT too",
        Settings = [new("Epochs", "24", "30"), new("Crop|Width", "1*2")],
        Seed = 7,
        TrainingTime = new TimeSpan(1, 2, 3),
        PeakMemoryBytes = 3L << 29,
        Machine = "two cores",
        Metrics = Metrics,
        Ceiling = Ceiling,
        Pictures = [new(folder.Write("pictures/a b(1).png", [1]), "Photograph [left]")],
        IntendedUse = "For a test.",
        Limits = ["Nothing else."],
        FewPixels = 0.125,
    };

    private static SegmentationMetrics Measure(byte[] truth, byte[] predicted)
    {
        var confusion = new ConfusionMatrix(3);
        confusion.Add(new LabelMap(truth.Length, 1, truth), new LabelMap(truth.Length, 1, predicted));
        return confusion.ToMetrics(Classes);
    }

    // The runtime of the tests knows no cultures: this is what matters of Germany's.
    private static CultureInfo German()
    {
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NumberGroupSeparator) = (",", ".");
        (german.NumberFormat.PercentDecimalSeparator, german.NumberFormat.PercentGroupSeparator) = (",", ".");
        return german;
    }
}
