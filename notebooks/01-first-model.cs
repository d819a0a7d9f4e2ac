#:project ../src/GSS.ML/GSS.ML.csproj
#:package Microsoft.ML.DnnImageFeaturizer.ResNet18

// %% [markdown]
// # A first model
//
// *Semantic segmentation* gives every pixel of a photograph a class: sky, meadow, road, and so on.
// This notebook draws a small data set, looks at it the way the library does, trains a network for about two minutes on two CPU cores, and measures it on pictures that it has not seen.

// %%
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using GSS.Core;
using GSS.ML;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;

// With GSS_NOTEBOOK_SMALL=1 everything is small, to see that it runs.
bool small = Environment.GetEnvironmentVariable("GSS_NOTEBOOK_SMALL") == "1";
string folder = Directory.CreateTempSubdirectory("gss-notebook-").FullName;

// %% [markdown]
// ## Classes
//
// Classes have a name and a colour for display. Their order gives them their ids: sky is 0, meadow is 1.

// %%
var classes = new SegmentationClasses(
    "Landscape5",
    ["sky", "meadow", "road", "house", "tree"],
    [new(120, 180, 230), new(130, 190, 80), new(128, 100, 120), new(220, 90, 60), new(20, 90, 40)]);
display(classes);

// %% [markdown]
// ## Data
//
// A data set is a folder of photographs and a folder of *label maps*: PNG files of the same size and name, with a class id in each pixel. Real ones are drawn by hand.
// To need no download, this cell draws landscapes. Light, texture and places differ from picture to picture, so that colour alone does not give a class away.
// With data of your own, skip this cell: [02-your-own-data](02-your-own-data.ipynb).

// %%
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

WriteLandscapes("train", small ? 8 : 160, firstSeed: 1);
WriteLandscapes("test", small ? 4 : 40, firstSeed: 100_000);

var ml = new MLContext(seed: 1);
var segmentation = ml.Segmentation();
IDataView train = segmentation.LoadFromFolders(Path.Combine(folder, "train", "images"), Path.Combine(folder, "train", "labels"), classes);
IDataView test = segmentation.LoadFromFolders(Path.Combine(folder, "test", "images"), Path.Combine(folder, "test", "labels"), classes);

// %% [markdown]
// Three of them. The right column paints each pixel's class over the photograph.

// %%
RgbImage[] photographs = test.GetColumn<MLImage>("Image").Take(4).Select(MLImages.ToRgb).ToArray();
LabelMap[] truths = test.GetColumn<LabelMap>("Label").Take(4).ToArray();
var samples = new OverlaySheet(classes, panelWidth: 240);
for (int i = 0; i < 3; i++)
{
    samples.AddRow(photographs[i], truths[i]);
}

display(samples);

// %% [markdown]
// ## Maskige and tokens
//
// The method of *Generative Semantic Segmentation* turns a label map into a picture first, the **maskige**: each class gets a colour of a *palette* whose colours are as far apart as possible.
// A picture can be compressed by a network that was trained for that: the *tokenizer* gives 30 × 40 **tokens** for 120 × 160 pixels, each the number of an entry of its codebook.
// From the tokens the maskige comes back, and the nearest palette colour gives the class of each pixel.

// %%
var encoder = segmentation.Transforms.MaskigeEncoder().Fit(train);
IDataView encoded = encoder.Transform(test);
display(encoder.Palette);
display(truths[0]);
display(MLImages.ToRgb(encoded.GetColumn<MLImage>("Maskige").First()));
display(encoded.GetColumn<LatentTokens>("Tokens").First());

// %% [markdown]
// ## Training
//
// What is trained is an *image encoder* that looks at the photograph and predicts the tokens of its maskige. It starts from weights that know photographs already (ImageNet).
// `TrainingHistory` keeps what training tells while it runs.

// %%
var history = new TrainingHistory();
var options = new GenerativeSegmenter.Options
{
    Encoder = small ? ImageEncoders.ResNet18() : ImageEncoders.ResNet18ImageNet(),
    ValidationSet = test,
    Epochs = small ? 1 : 10,
    ValidationInterval = 2,
    CropWidth = small ? 64 : 128,
    CropHeight = small ? 64 : 96,
    BatchSize = 4,
    MaskigeColumnName = "Maskige",
    Precision = TrainingPrecision.Auto,
    Progress = history.Add,
};
var model = segmentation.Trainers.GenerativeSegmenter(options).Fit(train);
display(history);

// %% [markdown]
// ## How good is it?
//
// For each class, *IoU* (intersection over union) is the number of pixels that are of the class and were found, divided by those that are of the class or were taken for it. *mIoU* is the mean over all classes.
// The test pictures were never trained on.

// %%
IDataView predicted = model.Transform(test);
SegmentationMetrics metrics = segmentation.Evaluate(predicted);
display(metrics);

// %% [markdown]
// Numbers do not show where it goes wrong. Pictures do: photograph, truth, the maskige that was predicted, and the classes read from it.

// %%
LabelMap[] predictions = predicted.GetColumn<LabelMap>("PredictedLabel").Take(4).ToArray();
RgbImage[] maskiges = predicted.GetColumn<MLImage>("Maskige").Take(4).Select(MLImages.ToRgb).ToArray();
var results = new OverlaySheet(classes, panelWidth: 188);
for (int i = 0; i < photographs.Length; i++)
{
    results.AddRow(photographs[i], truths[i], maskiges[i], predictions[i]);
}

display(results);

// %% [markdown]
// ## Keep it
//
// Everything the model needs is inside of one file: networks, classes, palette. [05-deploy](05-deploy.ipynb) goes on from here.

// %%
string file = Path.Combine(folder, "landscape.zip");
ml.Model.Save(model, train.Schema, file);
Console.WriteLine($"landscape.zip: {new FileInfo(file).Length / 1e6:F0} MB");
model.Dispose();
Directory.Delete(folder, recursive: true);

// %% [twin]
// A notebook shows a value by itself. Here it goes to the terminal, and a picture to a file.
void display(object value)
{
    Console.WriteLine(value);
    if ((value is OverlaySheet sheet ? sheet.Draw() : value as RgbImage) is { } picture)
    {
        string pictures = Directory.CreateDirectory(folder + "-pictures").FullName;
        string path = Path.Combine(pictures, $"{Directory.GetFiles(pictures).Length + 1:d2}.png");
        ImageWriter.SavePng(picture, path);
        Console.WriteLine($"  {path}");
    }
}
