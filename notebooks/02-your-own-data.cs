#:project ../src/GSS.ML/GSS.ML.csproj

// %% [markdown]
// # Your own data
//
// Three things have to be right before training is worth its time: the classes, how label files become class ids, and the files themselves.
// This notebook goes through what is usually wrong with label files, and what the library says about it before anything is trained.
// Every file is made here, so that nothing has to be downloaded.

// %%
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using GSS.Core;
using GSS.ML;
using Microsoft.ML;
using Microsoft.ML.Data;

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
var (field, fieldLabels) = files.Read(0);
display(field);
display(fieldLabels);
display(Overlay.Draw(field, fieldLabels, farm));

// %% [markdown]
// ## The audit
//
// `Audit` looks over all of it: how much each class has, files that cannot be used, and likely mistakes that no single file shows. It reads the label maps and of the photographs the headers alone, so it is quick; `Fit` does the same before it trains.
// Here all is well. The share of each class is worth a look: what is rare is learned last.

// %%
var segmentation = new MLContext(seed: 1).Segmentation();

LabelAuditReport AuditOf(string set, SegmentationClasses classes) =>
    segmentation.Audit(segmentation.LoadFromFolders(Path.Combine(folder, set, "images"), Path.Combine(folder, set, "labels"), classes));

display(AuditOf("farm", farm));

// %% [markdown]
// Now one fault after the other.
//
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
// No file says so by itself, but the audit warns.

// %%
for (int i = 0; i < 4; i++)
{
    byte[] values = DrawField(96, 96, seed: i);
    ImageWriter.SavePng(Photograph(values, 96, 96, seed: i), In("isbi", "images", $"{i}.png"));
    LabelWriter.SavePng(new LabelMap(96, 96, values.Select(value => value == 8 ? LabelMap.Void : (byte)0).ToArray()), raw, In("isbi", "labels", $"{i}.png"));
}

foreach (string warning in AuditOf("isbi", new SegmentationClasses("Cells", ["outside", "inside"])).Warnings)
{
    Tell(warning);
}

// %% [markdown]
// With the `idMap` that the warning shows, 255 is a class and no warning is left:

// %%
var cells = SegmentationClasses.FromJson("""
{ "name": "Cells", "classes": [ { "name": "outside", "color": "#202020" }, { "name": "inside", "color": "#ffd060" } ], "idMap": { "0": "outside", "255": "inside" } }
""");
Console.WriteLine(AuditOf("isbi", cells).ToLine());
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
// ## A photograph that is turned
//
// A telephone stores the rows of its sensor and notes in the file, in its EXIF block, how it was held. Viewers turn the photograph, and so does this library. So a label map has to lie on the upright photograph.
// Two photographs are stored lying on their side here, and their label maps were drawn on the stored pixels. One is not square: the sizes give it away.

// %%
// The stored pixels, turned to the left, and an EXIF block with orientation 6: turn to the right.
RgbImage TurnLeft(RgbImage image)
{
    var turned = new RgbImage(image.Height, image.Width);
    for (int i = 0; i < image.Width * image.Height; i++)
    {
        int x = i % image.Width, y = i / image.Width;
        image.Pixels.Slice(3 * i, 3).CopyTo(turned.Pixels.Slice(3 * (((image.Width - 1 - x) * turned.Width) + y)));
    }

    return turned;
}

void SaveTurnedJpeg(RgbImage image, string path)
{
    Directory.CreateDirectory(Path.GetDirectoryName(path));
    using (MLImage stored = MLImages.FromRgb(TurnLeft(image)))
    {
        stored.Save(path);
    }

    byte[] file = File.ReadAllBytes(path), exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
    File.WriteAllBytes(path, [.. file[..2], .. exif, .. file[2..]]);
}

byte[] TurnLeftValues(byte[] values, int width, int height) =>
    Enumerable.Range(0, values.Length).Select(i => values[(i % height * width) + width - 1 - (i / height)]).ToArray();

foreach (var (name, width, height) in new[] { ("oblong", 160, 120), ("square", 120, 120) })
{
    byte[] values = DrawField(width, height, seed: 5);
    SaveTurnedJpeg(Photograph(values, width, height, seed: 5), In("phone", "images", name + ".jpg"));
    LabelWriter.SavePng(new LabelMap(height, width, TurnLeftValues(values, width, height)), raw, In("phone", "labels", name + ".png"));
}

LabelAuditReport phone = AuditOf("phone", farm);
Tell(phone.Faults.Single().Message);
foreach (string warning in phone.Warnings)
{
    Tell(warning);
}

// %% [markdown]
// The square one has no fault that a program could find: its label map fits, and is wrong all over. That is what the warning is for. On the left the photograph as it is read, upright; the label map still lies on its side.
// A label map drawn on the upright photograph is right, and the warning may then be passed over.

// %%
RgbImage upright = ImageReader.Read(In("phone", "images", "square.jpg"));
LabelMap lying = LabelReader.Read(In("phone", "labels", "square.png"), farm);
LabelWriter.SavePng(new LabelMap(120, 120, DrawField(120, 120, seed: 5)), raw, In("phone", "labels", "square.png"));
LabelMap standing = LabelReader.Read(In("phone", "labels", "square.png"), farm);
var sheet = new OverlaySheet(farm, opacity: 0.5, panelWidth: 240);
sheet.AddRow(upright, lying, title: "drawn on the stored pixels");
sheet.AddRow(upright, standing, title: "drawn on the upright photograph");
display(sheet);

// %% [markdown]
// ## Everything at once
//
// Real folders have all of this together, and more: here an odd value, a label map of another size, one that was saved as JPEG, one that a copy cut short, and a photograph that is none. `Fit` stops at the first. The audit tells all of them, so that they are mended in one go, and counts what can be read.
// The classes name a fourth one here, which no file has.

// %%
for (int i = 0; i < 7; i++)
{
    byte[] values = DrawField(96, 96, seed: 20 + i);
    ImageWriter.SavePng(Photograph(values, 96, 96, seed: 20 + i), In("all", "images", $"{i}.png"));
    LabelWriter.SavePng(new LabelMap(96, 96, values), raw, In("all", "labels", $"{i}.png"));
}

File.Copy(In("odd", "labels", "0.png"), In("all", "labels", "1.png"), overwrite: true);
ImageWriter.SavePng(field, In("all", "images", "1.png"));
File.Copy(In("uneven", "labels", "0.png"), In("all", "labels", "2.png"), overwrite: true);
File.Copy(In("phone", "images", "square.jpg"), In("all", "labels", "3.png"), overwrite: true);
File.WriteAllBytes(In("all", "labels", "4.png"), File.ReadAllBytes(In("all", "labels", "4.png"))[..200]);
File.WriteAllText(In("all", "images", "5.png"), "not found");

var four = new SegmentationClasses(
    "Farm4", ["soil", "crop", "weed", "machine"], [.. farm.Colors, new(255, 225, 25)], idMap: new Dictionary<int, byte> { [0] = LabelMap.Void, [7] = 0, [8] = 1, [9] = 2 });
LabelAuditReport report = AuditOf("all", four);
display(report);

// %% [markdown]
// The report is an object, so a script can act on it: here it goes on with the files that can be used.

// %%
HashSet<string> faulty = report.Faults.Select(fault => fault.Source).ToHashSet();
var usable = SegmentationFiles.FromFolders(Path.Combine(folder, "all", "images"), Path.Combine(folder, "all", "labels"), farm)
    .Pairs.Where(pair => !faulty.Contains(pair.ImagePath) && !faulty.Contains(pair.LabelPath)).ToArray();
Console.WriteLine(segmentation.Audit(segmentation.LoadFromFiles(usable, farm)).ToLine());
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
