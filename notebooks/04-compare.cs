#:project ../src/GSS.ML/GSS.ML.csproj
#:package Microsoft.ML.DnnImageFeaturizer.ResNet18

// %% [markdown]
// # Per-pixel head or tokens? A fair comparison
//
// The ordinary way to segment is a *per-pixel head*: the network gives each class a score at each pixel. *Generative Semantic Segmentation* (GSS) predicts tokens of a maskige instead.
// Both are trainers with the same options here, so that they can be compared under one budget: same encoder, same pictures, same epochs, same seed.

// %%
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using GSS.Core;
using GSS.ML;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

// With GSS_NOTEBOOK_SMALL=1 everything is small, to see that it runs.
bool small = Environment.GetEnvironmentVariable("GSS_NOTEBOOK_SMALL") == "1";
string folder = Directory.CreateTempSubdirectory("gss-notebook-").FullName;

// %% [markdown]
// ## Data
//
// The landscapes of [01-first-model](01-first-model.ipynb), drawn by the same code.

// %%
var classes = new SegmentationClasses(
    "Landscape5",
    ["sky", "meadow", "road", "house", "tree"],
    [new(120, 180, 230), new(130, 190, 80), new(128, 100, 120), new(220, 90, 60), new(20, 90, 40)]);

(RgbImage Image, LabelMap Labels) DrawLandscape(int seed, int width, int height)
{
    var random = new Random(seed);
    double Between(double from, double to) => from + ((to - from) * random.NextDouble());
    byte[] ids = new byte[width * height];
    double horizon = Between(0.35, 0.6), slope = Between(-0.1, 0.1), bend = Between(-0.3, 0.3), target = Between(0.3, 0.7);
    var boxes = Enumerable.Range(0, random.Next(1, 4)).Select(_ => (X: Between(0, 1), Width: Between(0.08, 0.2), Height: Between(0.12, 0.28), Roof: Between(0.05, 0.12))).ToArray();
    var crowns = Enumerable.Range(0, random.Next(2, 6)).Select(_ => (X: Between(0, 1), Foot: Between(0.02, 0.3), Size: Between(0.05, 0.11))).ToArray();
    for (int i = 0; i < ids.Length; i++)
    {
        double x = (i % width + 0.5) / width, y = (i / width + 0.5) / height, ground = horizon + (slope * (x - 0.5)), depth = (y - ground) / (1 - ground);
        byte id = y < ground ? (byte)0 : Math.Abs(x - target - (bend * depth * depth)) < 0.03 + (0.2 * depth) ? (byte)2 : (byte)1;
        foreach (var box in boxes)
        {
            double across = Math.Abs(x - box.X) / (box.Width / 2), top = ground + 0.04 - box.Height;
            id = across < 1 && y < ground + 0.04 && y > top - (box.Roof * (1 - across)) ? (byte)3 : id;
        }

        foreach (var crown in crowns)
        {
            double foot = horizon + crown.Foot, up = (foot - y) / crown.Size, across = (x - crown.X) / crown.Size;
            id = (Math.Abs(across) < 0.15 && up is > 0 and < 2) || (across * across) + ((up - 2.2) * (up - 2.2)) < 1 ? (byte)4 : id;
        }

        ids[i] = id;
    }

    // Colours of this picture: each class's own, moved at random, with light from one side and a coarse and a fine texture.
    int[][] own = [[150, 190, 225], [120, 150, 70], [125, 120, 115], [190, 120, 95], [60, 95, 45]];
    double[][] colors = own.Select(color => color.Select(value => value + Between(-35, 35)).ToArray()).ToArray();
    double[] fine = [4, 22, 10, 8, 26], coarse = Enumerable.Range(0, 64).Select(_ => Between(-1, 1)).ToArray();
    double light = Between(0.75, 1.15), side = Between(-0.25, 0.25);
    var image = new RgbImage(width, height);
    for (int i = 0; i < ids.Length; i++)
    {
        double x = i % width / (double)width, y = i / width / (double)height;
        double shade = light + (side * (x - 0.5)) + (0.06 * coarse[((int)(8 * y) * 8) + (int)(8 * x)]), grain = fine[ids[i]] * Between(-1, 1);
        for (int channel = 0; channel < 3; channel++)
        {
            image.Pixels[(3 * i) + channel] = (byte)Math.Clamp((shade * colors[ids[i]][channel]) + grain + Between(-5, 5), 0, 255);
        }
    }

    return (image, new LabelMap(width, height, ids));
}

void WriteLandscapes(string name, int count, int firstSeed)
{
    for (int i = 0; i < count; i++)
    {
        var (image, labels) = DrawLandscape(firstSeed + i, 160, 120);
        ImageWriter.SavePng(image, Path.Combine(folder, name, "images", $"{i:d3}.png"));
        LabelWriter.SavePng(labels, classes, Path.Combine(folder, name, "labels", $"{i:d3}.png"));
    }
}

WriteLandscapes("train", small ? 8 : 100, firstSeed: 1);
WriteLandscapes("test", small ? 4 : 40, firstSeed: 100_000);

var ml = new MLContext(seed: 1);
var segmentation = ml.Segmentation();
IDataView train = segmentation.LoadFromFolders(Path.Combine(folder, "train", "images"), Path.Combine(folder, "train", "labels"), classes);
IDataView test = segmentation.LoadFromFolders(Path.Combine(folder, "test", "images"), Path.Combine(folder, "test", "labels"), classes);

// %% [markdown]
// ## Three models, one budget
//
// FF has the palette whose colours are as far apart as possible, FF-R a random one. Training ends after the same number of epochs for each; the clock is read as well.

// %%
TOptions WithBudget<TOptions>(TOptions options, TrainingHistory history) where TOptions : SegmentationTrainerOptions
{
    options.Encoder = small ? ImageEncoders.ResNet18() : ImageEncoders.ResNet18ImageNet();
    options.ValidationSet = test;
    options.Epochs = small ? 1 : 5;
    options.ValidationInterval = 5;
    options.CropWidth = small ? 64 : 128;
    options.CropHeight = small ? 64 : 96;
    options.BatchSize = 4;
    options.Precision = TrainingPrecision.Auto;
    options.Progress = history.Add;
    options.Seed = 1;
    return options;
}

var rows = new List<(string Name, SegmentationMetrics Metrics, double Seconds, LabelMap[] Predictions)>();

void Compare(string name, Func<TrainingHistory, SegmentationTransformer> fit)
{
    var history = new TrainingHistory();
    using (SegmentationTransformer model = fit(history))
    {
        IDataView predicted = model.Transform(test);
        rows.Add((name, segmentation.Evaluate(predicted), history.Steps[^1].Elapsed.TotalSeconds, predicted.GetColumn<LabelMap>("PredictedLabel").Take(3).ToArray()));
    }
}

Compare("per-pixel", history => segmentation.Trainers.PerPixelSegmenter(WithBudget(new PerPixelSegmenter.Options(), history)).Fit(train));
Compare("GSS-FF", history => segmentation.Trainers.GenerativeSegmenter(WithBudget(new GenerativeSegmenter.Options { Variant = MaskigeVariant.FF }, history)).Fit(train));
Compare("GSS-FF-R", history => segmentation.Trainers.GenerativeSegmenter(WithBudget(new GenerativeSegmenter.Options { Variant = MaskigeVariant.FFR }, history)).Fit(train));

// %% [markdown]
// ## Leaderboard
//
// In percent; the best of each column is in bold.

// %%
// HTML as XML, so that names are escaped. Styles stay within the elements, because pages that show notebooks drop style sheets.
XElement Cell(string kind, string style, params object[] content) => new XElement(kind, new XAttribute("style", "padding: 2px 10px; " + style), content);

XElement Table(params object[] rows) => new XElement("table", new XAttribute("style", "border-collapse: collapse"), rows);

var ranked = rows.OrderByDescending(row => row.Metrics.MeanIoU).ToList();
var columns = new (string Title, Func<SegmentationMetrics, double> Value)[] { ("mIoU", metrics => metrics.MeanIoU), ("mAcc", metrics => metrics.MeanAccuracy), ("aAcc", metrics => metrics.PixelAccuracy) };
XElement leaderboard = Table(
    new XElement("tr", Cell("th", "text-align: left", "model"), columns.Select(column => Cell("th", "text-align: right", column.Title)), Cell("th", "text-align: right", "time")),
    ranked.Select(row => new XElement("tr",
        Cell("td", "text-align: left", row.Name),
        columns.Select(column => Cell("td", "text-align: right", new XElement(column.Value(row.Metrics) == rows.Max(other => column.Value(other.Metrics)) ? "b" : "span", $"{100 * column.Value(row.Metrics):F1}"))),
        Cell("td", "text-align: right", $"{row.Seconds:F0} s"))));
display(HTML(leaderboard.ToString(SaveOptions.DisableFormatting)));

// %% [markdown]
// One seed on few pictures is no proof: differences of a point or two change with the seed. Train with three seeds before you choose. The times here are those of a machine that did other work as well.
//
// ## Class by class
//
// IoU in percent. All bars begin at zero, so that a bar half as long is a value half as large.

// %%
// A bar is a picture of one pixel, stretched: it shows on every page and on every background, where colours of cells may be dropped.
XElement Bar(RgbColor color, double share)
{
    using (var png = new MemoryStream())
    {
        ImageWriter.WritePng(new RgbImage(1, 1, [color.R, color.G, color.B]), png);
        string source = "data:image/png;base64," + Convert.ToBase64String(png.ToArray());
        return new XElement("img", new XAttribute("src", source), new XAttribute("width", (int)Math.Round(360 * share)), new XAttribute("height", 12), new XAttribute("alt", ""));
    }
}

RgbColor[] barColors = [new(110, 130, 150), new(230, 130, 40), new(60, 150, 210)];
XElement chart = Table(classes.Names.SelectMany((name, k) => rows.Select((row, i) =>
{
    double iou = row.Metrics.PerClass[k].IoU;
    bool known = !double.IsNaN(iou);
    return new XElement("tr",
        Cell("th", "text-align: left", i == 0 ? name : ""),
        Cell("td", "text-align: left", row.Name),
        Cell("td", "text-align: left; border-left: 2px solid #888888; padding-left: 0", Bar(barColors[i], known ? iou : 0), known ? $" {100 * iou:F1}" : " -"));
})));
display(HTML(chart.ToString(SaveOptions.DisableFormatting)));

// %% [markdown]
// ## What is taken for what
//
// A row is a true class, a column what was predicted; on the diagonal all is well. First the per-pixel head, then GSS-FF.

// %%
display(rows[0].Metrics.ConfusionMatrix);
display(rows[1].Metrics.ConfusionMatrix);

// %% [markdown]
// ## Side by side
//
// The same photograph three times: per-pixel, GSS-FF, GSS-FF-R. After so short a training the per-pixel head has rounder borders, and the tokens show the grid of 4 × 4 pixels that each of them stands for.

// %%
RgbImage photograph = MLImages.ToRgb(test.GetColumn<MLImage>("Image").First());
LabelMap truth = test.GetColumn<LabelMap>("Label").First();
var sheet = new OverlaySheet(classes, opacity: 0.8, panelWidth: 240);
foreach (var row in rows)
{
    sheet.AddRow(photograph, truth, prediction: row.Predictions[0], title: row.Name);
}

display(sheet);
Directory.Delete(folder, recursive: true);

// %% [twin]
// A notebook shows a value by itself. Here it goes to the terminal, and a picture to a file.
void display(object value)
{
    Console.WriteLine(value);
    if ((value is OverlaySheet overlays ? overlays.Draw() : value as RgbImage) is { } picture)
    {
        string pictures = Directory.CreateDirectory(folder + "-pictures").FullName;
        string path = Path.Combine(pictures, $"{Directory.GetFiles(pictures).Length + 1:d2}.png");
        ImageWriter.SavePng(picture, path);
        Console.WriteLine($"  {path}");
    }
}

// A table of HTML as text: columns of one width, and bars of blocks.
string HTML(string table)
{
    string Text(XNode node) => node is XElement { Name.LocalName: "img" } bar ? new string('█', (int)bar.Attribute("width") / 9) : node is XElement element ? string.Concat(element.Nodes().Select(Text)) : ((XText)node).Value;
    string[][] texts = XElement.Parse(table).Elements("tr").Select(row => row.Elements().Select(cell => Text(cell)).ToArray()).ToArray();
    int[] widths = texts[0].Select((_, column) => texts.Max(row => row[column].Length)).ToArray();
    return string.Join(Environment.NewLine, texts.Select(row => string.Join("  ", row.Select((text, column) => text.PadRight(widths[column]))).TrimEnd()));
}
