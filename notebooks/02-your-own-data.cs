#:project ../src/GSS.ML/GSS.ML.csproj

// %% [markdown]
// # Your own data
//
// Three things have to be right before training is worth its time: the classes, how label files become class ids, and the files themselves.
// This notebook goes through what is usually wrong with label files, and what the library says about it. Every file is made here, so that nothing has to be downloaded.

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
using Microsoft.ML.Runtime;

// With GSS_NOTEBOOK_SMALL=1 everything is small, to see that it runs.
bool small = Environment.GetEnvironmentVariable("GSS_NOTEBOOK_SMALL") == "1";
string folder = Directory.CreateTempSubdirectory("gss-notebook-").FullName;

// A sentence in lines, without the folder of this notebook.
void Tell(string sentence)
{
    int length = 0;
    foreach (string word in sentence.Replace(folder + Path.DirectorySeparatorChar, "").Split(' '))
    {
        length += word.Length + 1;
        Console.Write(length > 110 ? $"\n  {word} " : $"{word} ");
        length = length > 110 ? word.Length + 3 : length;
    }

    Console.WriteLine();
}

void Try(Action action)
{
    try
    {
        action();
        Console.WriteLine("fine");
    }
    catch (Exception fault) when (fault is SegmentationDataException or ArgumentException)
    {
        Tell(fault.Message);
    }
}

// %% [markdown]
// ## Classes in JSON
//
// Only `name` and `classes` are required. The order gives the ids. `idMap` says what the numbers in your files mean; `null` is *void*: pixels that are never trained on and never counted.

// %%
File.WriteAllText(Path.Combine(folder, "farm.json"), """
{
  "name": "Farm3",
  "classes": [
    { "name": "soil", "color": "#8b5a2b" },
    { "name": "crop", "color": "#3cb44b" },
    { "name": "weed", "color": "#e6194b" }
  ],
  "idMap": { "0": null, "7": "soil", "8": "crop", "9": "weed" }
}
""");
var farm = SegmentationClasses.FromFile(Path.Combine(folder, "farm.json"));
display(farm);

// %% [markdown]
// ## A photograph with its label map
//
// A field from above: rows of crop, some weeds, and a corner that nobody labelled. The values in the file are 7, 8, 9 and 0; in memory they are class ids, and void is 255.

// %%
byte[] DrawField(int width, int height, int seed)
{
    var random = new Random(seed);
    var weeds = Enumerable.Range(0, 8).Select(_ => (X: random.Next(width), Y: random.Next(height), Size: random.Next(3, 9))).ToArray();
    return Enumerable.Range(0, width * height).Select(i =>
    {
        int x = i % width, y = i / width;
        return x < width / 5 && y < height / 5 ? (byte)0
            : weeds.Any(weed => ((x - weed.X) * (x - weed.X)) + ((y - weed.Y) * (y - weed.Y)) < weed.Size * weed.Size) ? (byte)9
            : (x + (int)(4 * Math.Sin(y / 15.0))) % 24 < 9 ? (byte)8 : (byte)7;
    }).ToArray();
}

RgbImage Photograph(byte[] values, int width, int height, int seed)
{
    var random = new Random(seed);
    var image = new RgbImage(width, height);
    for (int i = 0; i < values.Length; i++)
    {
        (int r, int g, int b) = values[i] switch { 8 => (70, 130, 60), 9 => (110, 140, 70), 0 => (95, 80, 70), _ => (125, 100, 80) };
        int grain = random.Next(-18, 19);
        (image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]) = ((byte)(r + grain), (byte)(g + grain), (byte)(b + grain));
    }

    return image;
}

// A class for each value, to write values as they are.
var raw = new SegmentationClasses("values", Enumerable.Range(0, 254).Select(value => $"value {value}").ToArray());
string In(string set, string kind, string file) => Path.Combine(folder, set, kind, file);

for (int i = 0; i < 4; i++)
{
    // Every picture has a size of its own: that is no problem, as long as each label map has the size of its photograph.
    int width = 160 + (16 * i), height = 120 + (8 * i);
    byte[] values = DrawField(width, height, seed: i);
    ImageWriter.SavePng(Photograph(values, width, height, seed: i), In("farm", "images", $"{i}.png"));
    LabelWriter.SavePng(new LabelMap(width, height, values), raw, In("farm", "labels", $"{i}.png"));
}

var files = SegmentationFiles.FromFolders(Path.Combine(folder, "farm", "images"), Path.Combine(folder, "farm", "labels"), farm);
files.CheckSizes();
var (field, fieldLabels) = files.Read(0);
display(field);
display(fieldLabels);
display(Overlay.Draw(field, fieldLabels, farm));

// %% [markdown]
// ## A value that is no class
//
// One file has 5 in some pixels. Nothing is guessed: the message names value, number of pixels and file.

// %%
byte[] odd = DrawField(160, 120, seed: 9);
odd.AsSpan(8000, 50).Fill(5);
LabelWriter.SavePng(new LabelMap(160, 120, odd), raw, In("odd", "labels", "0.png"));
Try(() => LabelReader.Read(In("odd", "labels", "0.png"), farm));

// %% [markdown]
// ## A label map of another size
//
// Label maps are never stretched to fit.

// %%
ImageWriter.SavePng(field, In("uneven", "images", "0.png"));
LabelWriter.SavePng(new LabelMap(80, 60, DrawField(80, 60, seed: 1)), raw, In("uneven", "labels", "0.png"));
Try(() => SegmentationFiles.FromFolders(Path.Combine(folder, "uneven", "images"), Path.Combine(folder, "uneven", "labels"), farm).CheckSizes());

// %% [markdown]
// ## Names that do not pair
//
// Many data sets add something to the names. The message proposes the suffixes that it sees.

// %%
ImageWriter.SavePng(field, In("named", "images", "a_photo.png"));
LabelWriter.SavePng(fieldLabels, farm, In("named", "labels", "a_mask.png"));
Try(() => SegmentationFiles.FromFolders(Path.Combine(folder, "named", "images"), Path.Combine(folder, "named", "labels"), farm));
Try(() => SegmentationFiles.FromFolders(Path.Combine(folder, "named", "images"), Path.Combine(folder, "named", "labels"), farm, new FolderOptions { ImageSuffix = "_photo", LabelSuffix = "_mask" }));

// %% [markdown]
// ## Masks in colour
//
// An RGB label file is read by exact colour. Here soil, crop and weed have their display colours, and the corner is black, which is void by default.
// The second file was made smaller with smoothing, as a picture: its borders hold colours that mean nothing.

// %%
RgbImage colored = Overlay.Draw(new RgbImage(field.Width, field.Height), fieldLabels, farm, opacity: 1);
ImageWriter.SavePng(colored, In("colors", "labels", "exact.png"));
ImageWriter.SavePng(colored.Resize(140, 100), In("colors", "labels", "smoothed.png"));
display(colored);
Try(() => LabelReader.Read(In("colors", "labels", "exact.png"), farm));
Try(() => LabelReader.Read(In("colors", "labels", "smoothed.png"), farm));

// %% [markdown]
// ## Masks of 0 and 255
//
// Medical data sets such as ISBI's give masks in black and white, where 255 is a class. By default 255 is void, so half of each picture would be ignored in silence.
// The library looks over all label files when training begins and warns in the log. So this cell trains for one short epoch and collects the warnings.

// %%
List<string> WarningsOf(SegmentationClasses classes, string set)
{
    var warnings = new List<string>();
    var ml = new MLContext(seed: 1);
    ml.Log += (_, message) =>
    {
        if (message.Kind == ChannelMessageKind.Warning)
        {
            warnings.Add(message.RawMessage);
        }
    };
    var segmentation = ml.Segmentation();
    IDataView data = segmentation.LoadFromFolders(Path.Combine(folder, set, "images"), Path.Combine(folder, set, "labels"), classes);
    segmentation.Trainers.PerPixelSegmenter(new PerPixelSegmenter.Options { Epochs = 1, CropWidth = 64, CropHeight = 64, BatchSize = 2 }).Fit(data).Dispose();
    return warnings;
}

for (int i = 0; i < 4; i++)
{
    byte[] values = DrawField(96, 96, seed: i);
    ImageWriter.SavePng(Photograph(values, 96, 96, seed: i), In("isbi", "images", $"{i}.png"));
    LabelWriter.SavePng(new LabelMap(96, 96, values.Select(value => value == 8 ? LabelMap.Void : (byte)0).ToArray()), raw, In("isbi", "labels", $"{i}.png"));
}

foreach (string warning in WarningsOf(new SegmentationClasses("Cells", ["outside", "inside"]), "isbi"))
{
    Tell(warning);
}

// %% [markdown]
// With the `idMap` that the warning shows, 255 is a class and no warning is left:

// %%
var cells = SegmentationClasses.FromJson("""
{ "name": "Cells", "classes": [ { "name": "outside", "color": "#202020" }, { "name": "inside", "color": "#ffd060" } ], "idMap": { "0": "outside", "255": "inside" } }
""");
Console.WriteLine($"{WarningsOf(cells, "isbi").Count} warnings");
display(LabelReader.Read(In("isbi", "labels", "0.png"), cells));

// %% [markdown]
// Masks that were JPEG files once hold 0 to 7 and 248 to 255. `"valueTolerance": 7` lets such values pass.

// %%
var noise = new Random(1);
byte[] jpeg = DrawField(96, 96, seed: 0).Select(value => (byte)(value == 8 ? noise.Next(248, 254) : noise.Next(0, 8))).ToArray();
LabelWriter.SavePng(new LabelMap(96, 96, jpeg), raw, In("jpeg", "labels", "0.png"));
Try(() => LabelReader.Read(In("jpeg", "labels", "0.png"), cells));
var tolerant = SegmentationClasses.FromJson("""
{ "name": "Cells", "classes": [ { "name": "outside" }, { "name": "inside" } ], "idMap": { "0": "outside", "255": "inside" }, "valueTolerance": 7 }
""");
Try(() => LabelReader.Read(In("jpeg", "labels", "0.png"), tolerant));

// %% [markdown]
// ## The rest of the audit
//
// The same look warns of a class without a pixel, of pictures that are mostly void, of photographs that their EXIF orientation turns, and of palettes that an editor put into another order. Here the classes name a fourth one that no file has.

// %%
var four = new SegmentationClasses("Farm4", ["soil", "crop", "weed", "machine"], idMap: new Dictionary<int, byte> { [0] = LabelMap.Void, [7] = 0, [8] = 1, [9] = 2 });
foreach (string warning in WarningsOf(four, "farm"))
{
    Tell(warning);
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
