#:project ../src/GSS.ML/GSS.ML.csproj

// %% [markdown]
// # What the tokenizer sees
//
// *Generative Semantic Segmentation* has two stages. **Stage I** turns label maps into tokens and back, without looking at a photograph: classes become colours (the *maskige*), a frozen VQVAE turns the picture into tokens.
// What is lost here no training brings back. So it pays to look at it alone: it takes seconds and needs no training.

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
// ## Many classes
//
// With five classes nothing is ever lost. Here are 60, in label maps of random regions.

// %%
int count = small ? 12 : 60, maps = small ? 3 : 12;
var classes = new SegmentationClasses($"Regions{count}", Enumerable.Range(0, count).Select(k => $"class {k}").ToArray());

LabelMap DrawRegions(int seed, int width, int height)
{
    var random = new Random(seed);
    var sites = Enumerable.Range(0, 60).Select(_ => (X: random.Next(width), Y: random.Next(height), Id: (byte)random.Next(count))).ToArray();
    return new LabelMap(width, height, Enumerable.Range(0, width * height).Select(i => sites.MinBy(site => (((i % width) - site.X) * ((i % width) - site.X)) + (((i / width) - site.Y) * ((i / width) - site.Y))).Id).ToArray());
}

var ml = new MLContext(seed: 1);
var segmentation = ml.Segmentation();
IDataView data = segmentation.LoadFromEnumerable(
    Enumerable.Range(0, maps).Select(seed => new SegmentationSample { Image = MLImages.FromRgb(new RgbImage(240, 180)), Label = DrawRegions(seed, 240, 180) }).ToArray(), classes);
display(data.GetColumn<LabelMap>("Label").First());

// %% [markdown]
// ## Two palettes
//
// **FF** spreads the class colours as far apart as they go; **FF-R** draws them at random. What counts is the distance between the two most similar colours: the tokenizer moves every colour a little.

// %%
MaskigePalette ff = MaskigePalette.MaximalDistance(count), random = MaskigePalette.Random(count, seed: 1);

RgbImage Strip(MaskigePalette palette)
{
    var strip = new RgbImage(20, (palette.Count + 19) / 20);
    for (int k = 0; k < palette.Count; k++)
    {
        (strip.Pixels[3 * k], strip.Pixels[(3 * k) + 1], strip.Pixels[(3 * k) + 2]) = (palette.Colors[k].R, palette.Colors[k].G, palette.Colors[k].B);
    }

    return strip;
}

Console.WriteLine($"FF:   {ff}");
Console.WriteLine($"FF-R: {random}");
display(Strip(ff));
display(Strip(random));

// %% [markdown]
// ## There and back
//
// Label map, maskige, tokens, and the way back: the second picture is what the tokenizer gives for the first. Each palette colour that is nearest decides the class.

// %%
IDataView Reconstruct(MaskigePalette palette)
{
    var encoded = segmentation.Transforms.MaskigeEncoder(new MaskigeEncoder.Options { Palette = palette }).Fit(data).Transform(data);
    return segmentation.Transforms.LatentTokenDecoder("Tokens", "Decoded", "DecodedMaskige").Fit(encoded).Transform(encoded);
}

IDataView withFf = Reconstruct(ff), withRandom = Reconstruct(random);
display(MLImages.ToRgb(withFf.GetColumn<MLImage>("Maskige").First()));
display(MLImages.ToRgb(withFf.GetColumn<MLImage>("DecodedMaskige").First()));

// %% [markdown]
// The share of pixels that come back right, and the mean IoU: the *ceiling* of every model that predicts these tokens.

// %%
SegmentationMetrics ofFf = segmentation.Evaluate(withFf, "Label", "Decoded"), ofRandom = segmentation.Evaluate(withRandom, "Label", "Decoded");
Console.WriteLine($"FF:   {ofFf.ToLine()}");
Console.WriteLine($"FF-R: {ofRandom.ToLine()}");

// %% [markdown]
// Where it goes wrong: white pixels came back as another class. First FF, whose errors lie along borders; then FF-R, which loses whole regions.

// %%
RgbImage Wrong(IDataView view)
{
    LabelMap label = view.GetColumn<LabelMap>("Label").First(), decoded = view.GetColumn<LabelMap>("Decoded").First();
    var image = new RgbImage(label.Width, label.Height);
    for (int i = 0; i < label.Ids.Length; i++)
    {
        image.Pixels.Slice(3 * i, 3).Fill((byte)(label.Ids[i] == decoded.Ids[i] ? 40 : 255));
    }

    return image;
}

display(Wrong(withFf));
display(Wrong(withRandom));

// %% [markdown]
// ## Colours that collide
//
// The classes of the random palette that are taken for another most often, and how far apart their colours are. The last column is the distance of the most similar pair of FF.

// %%
var confusion = ofRandom.ConfusionMatrix;
double Distance(RgbColor a, RgbColor b) => Math.Sqrt(((a.R - b.R) * (a.R - b.R)) + ((a.G - b.G) * (a.G - b.G)) + ((a.B - b.B) * (a.B - b.B)));
var collisions = Enumerable.Range(0, count)
    .SelectMany(truth => Enumerable.Range(0, count).Where(other => other != truth).Select(other => (Truth: truth, Other: other, Share: confusion[truth, other] / (double)Math.Max(1, ofRandom.PerClass[truth].TruthPixels))))
    .OrderByDescending(pair => pair.Share).Take(8);
Console.WriteLine("true class   colour    taken for   colour     share  distance    FF");
foreach (var pair in collisions)
{
    RgbColor a = random.Colors[pair.Truth], b = random.Colors[pair.Other];
    Console.WriteLine($"{classes.Names[pair.Truth],-12} {a}   {classes.Names[pair.Other],-11} {b}{100 * pair.Share,7:F1} %{Distance(a, b),10:F1}{ff.SmallestDistance,6:F1}");
}

// %% [markdown]
// ## The codebook
//
// A token is the number of an entry of the codebook. A flat region always gives the token of its colour; borders need many more. So few tokens make up most of a picture, and this is why predicting them is not as hard as their number suggests.

// %%
LatentTokens tokens = withFf.GetColumn<LatentTokens>("Tokens").First();
display(tokens);

// %%
int vocabulary = Tokenizers.Compact().VocabularySize;
int[] uses = new int[vocabulary];
foreach (LatentTokens each in withFf.GetColumn<LatentTokens>("Tokens"))
{
    foreach (int id in each.Ids)
    {
        uses[id]++;
    }
}

double all = uses.Sum();
int[] sorted = uses.OrderDescending().ToArray();
Console.WriteLine($"{uses.Count(use => use > 0)} of {vocabulary} tokens are used");
foreach (int most in new[] { 10, 50, 100, 200 })
{
    double share = sorted.Take(most).Sum() / all;
    Console.WriteLine($"the {most,3} most frequent make {100 * share,5:F1} % {new string('█', (int)(40 * share))}");
}

// %% [markdown]
// ## Thin things
//
// A token stands for 4 × 4 pixels. How wide must a pole be to survive? Bars of 1 to 8 pixels on a background, there and back:

// %%
var bars = new SegmentationClasses("Bars", Enumerable.Range(1, 8).Select(width => $"{width} px").Prepend("background").ToArray());
byte[] ids = new byte[240 * 120];
for (int width = 1, left = 10; width <= 8; left += width + 20, width++)
{
    for (int y = 10; y < 110; y++)
    {
        ids.AsSpan((y * 240) + left, width).Fill((byte)width);
    }
}

IDataView thin = segmentation.LoadFromEnumerable(new[] { new SegmentationSample { Image = MLImages.FromRgb(new RgbImage(240, 120)), Label = new LabelMap(240, 120, ids) } }, bars);
IDataView coded = segmentation.Transforms.MaskigeEncoder().Fit(thin).Transform(thin);
IDataView decoded = segmentation.Transforms.LatentTokenDecoder("Tokens", "Decoded").Fit(coded).Transform(coded);
display(thin.GetColumn<LabelMap>("Label").First());
display(decoded.GetColumn<LabelMap>("Decoded").First());
display(segmentation.Evaluate(decoded, "Label", "Decoded"));
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
