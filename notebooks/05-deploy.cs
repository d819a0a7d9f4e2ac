#:project ../src/GSS.ML/GSS.ML.csproj
#:package Microsoft.ML.DnnImageFeaturizer.ResNet18

// %% [markdown]
// # From training to an application
//
// A trained model is one file. This notebook trains a small one, saves it, loads it again as an application does, exports it for other programs, and scores a picture that is much larger than what it was trained on.
// An application that only scores needs no libtorch: the package `GSS.Onnx` is enough.

// %%
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using GSS.Core;
using GSS.ML;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

// With GSS_NOTEBOOK_SMALL=1 everything is small, to see that it runs.
bool small = Environment.GetEnvironmentVariable("GSS_NOTEBOOK_SMALL") == "1";
string folder = Directory.CreateTempSubdirectory("gss-notebook-").FullName;

// %% [markdown]
// ## A model to work with
//
// The landscapes of [01-first-model](01-first-model.ipynb), drawn by the same code, and a short training.

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

var model = segmentation.Trainers.GenerativeSegmenter(new GenerativeSegmenter.Options
{
    Encoder = small ? ImageEncoders.ResNet18() : ImageEncoders.ResNet18ImageNet(),
    Epochs = small ? 1 : 5,
    CropWidth = small ? 64 : 128,
    CropHeight = small ? 64 : 96,
    BatchSize = 4,
    Precision = TrainingPrecision.Auto,
}).Fit(train);
Console.WriteLine(segmentation.Evaluate(model.Transform(test)).ToLine());

// %% [markdown]
// ## Save and load
//
// `ml.Model.Save` and `ml.Model.Load` work as for every ML.NET model; nothing is registered by hand. The loaded model gives the same masks.

// %%
string zip = Path.Combine(folder, "landscape.zip"), package = Path.Combine(folder, "landscape.gss");
ml.Model.Save(model, train.Schema, zip);
ITransformer loaded = ml.Model.Load(zip, out _);
LabelMap[] before = model.Transform(test).GetColumn<LabelMap>("PredictedLabel").ToArray(), after = loaded.Transform(test).GetColumn<LabelMap>("PredictedLabel").ToArray();
Console.WriteLine($"landscape.zip, {new FileInfo(zip).Length / 1e6:F0} MB; the same masks: {before.SequenceEqual(after)}");

// %% [markdown]
// ## Without ML.NET
//
// `Package` is the same model for programs that do not use ML.NET. `SegmentationModel` loads it, and goes from file to file: the mask is a PNG with the class ids.

// %%
model.Package.Save(package);
var scorer = SegmentationModel.Load(package);
string first = Directory.GetFiles(Path.Combine(folder, "test", "images")).Order().First(), mask = Path.Combine(folder, "mask.png");
scorer.PredictFile(first, mask);
display(LabelReader.Read(mask, classes));

// %% [markdown]
// ## How sure is it?
//
// `Confidence` is 0 to 1 for each pixel. It is low along borders and where the model guesses.

// %%
RgbImage photograph = ImageReader.Read(first);
SegmentationResult result = scorer.Predict(photograph, SegmentationOutputs.Confidence);
var confidence = new RgbImage(photograph.Width, photograph.Height);
for (int i = 0; i < result.Confidence.Length; i++)
{
    confidence.Pixels.Slice(3 * i, 3).Fill((byte)(255 * result.Confidence[i]));
}

display(photograph);
display(Overlay.Draw(photograph, result.Labels, classes));
display(confidence);

// %% [markdown]
// ## One ONNX file for any program
//
// `ExportToOnnx` writes the whole model into one file: image in, label map out, with pre-processing and the way back to the image's size inside. It compares the file with our own scoring, on the pictures that you give.

// %%
string onnx = Path.Combine(folder, "landscape.onnx");
OnnxExportResult exported = model.ExportToOnnx(onnx, new OnnxExportOptions { Width = 160, Height = 120 }, test);
Console.WriteLine($"landscape.onnx, {exported.Bytes / 1e6:F0} MB, {100 * exported.EqualShare:F3} % of {exported.ComparedPixels} pixels as in our own scoring");

// %% [markdown]
// ML.NET scores it without GSS.ML. (`samples/Browser` does it in a web page, `samples/Python` in Python.)

// %%
var pipeline = ml.Transforms.ExtractPixels("image", "Image", orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ARGB)
    .Append(ml.Transforms.ApplyOnnxModel(new[] { "labels" }, new[] { "image" }, onnx));
IDataView sized = ml.Transforms.ResizeImages("Image", 160, 120, "Image", ImageResizingEstimator.ResizingKind.Fill).Fit(test).Transform(test);
byte[] ids = pipeline.Fit(sized).Transform(sized).GetColumn<byte[]>("labels").First();
var here = new LabelMap(160, 120, ids);
Console.WriteLine($"{100.0 * Enumerable.Range(0, ids.Length).Count(i => ids[i] == before[0].Ids[i]) / ids.Length:F2} % of the pixels as above");

// %% [markdown]
// ## Large pictures
//
// A network knows things at the size at which it saw them. A large picture is scored in overlapping *windows* of that size, whose scores are blended where they meet. Here a panorama of six landscapes.

// %%
var panorama = new RgbImage(small ? 320 : 960, 120);
for (int part = 0; part < panorama.Width / 160; part++)
{
    RgbImage drawn = DrawLandscape(200_000 + part, 160, 120).Image;
    for (int y = 0; y < 120; y++)
    {
        drawn.Pixels.Slice(3 * 160 * y, 3 * 160).CopyTo(panorama.Pixels[(3 * ((panorama.Width * y) + (160 * part)))..]);
    }
}

var inWindows = SegmentationModel.Load(package, new ScoringOptions { Window = new SlidingWindow(160, 80) });
display(panorama);
display(Overlay.Draw(panorama, inWindows.Predict(panorama).Labels, classes));

// %% [markdown]
// ## Speed
//
// Milliseconds for a picture of 160 × 120, and what bytes in place of 32-bit numbers (int8) bring: compare the two, since they depend on the machine and on what else it does. `Quantize` looks at some pictures to find the ranges of the numbers, and says how many pixels keep their class.

// %%
RgbImage[] pictures = test.GetColumn<MLImage>("Image").Select(MLImages.ToRgb).ToArray();
double Milliseconds(SegmentationModel measured)
{
    measured.Predict(pictures[0]);
    var clock = Stopwatch.StartNew();
    foreach (RgbImage picture in pictures)
    {
        measured.Predict(picture);
    }

    return clock.Elapsed.TotalMilliseconds / pictures.Length;
}

QuantizationResult quantized = scorer.Quantize(pictures.Take(16));
var int8 = new SegmentationModel(quantized.Package);
Console.WriteLine($"float32: {Milliseconds(scorer):F1} ms");
Console.WriteLine($"int8:    {Milliseconds(int8):F1} ms, {100 * quantized.Agreement:F2} % of the pixels keep their class");

// %%
foreach (IDisposable open in new IDisposable[] { model, (IDisposable)loaded, scorer, inWindows, int8 })
{
    open.Dispose();
}

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
