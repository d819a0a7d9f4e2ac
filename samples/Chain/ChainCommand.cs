using System.CommandLine;
using System.Globalization;
using GSS.Core;
using GSS.ML;
using Microsoft.ML;
using Microsoft.ML.Data;
using Quickstart;

namespace Chain;

/// <summary>Draws scenes, fits the chain, saves it, loads it and tells which scenes belong together.</summary>
internal static class ChainCommand
{
    /// <summary>Parses and runs.</summary>
    /// <returns>The exit code: 0, or 1 after a sentence about what went wrong.</returns>
    public static int Invoke(string[] arguments)
    {
        Option<int?> groups = CommandLine.Whole("--groups", "Groups of scenes to look for. By default 3.", least: 2, most: 20);
        var output = new Option<string>("--output") { HelpName = "DIR", Description = "Where scenes.zip, the fitted chain, goes.", DefaultValueFactory = _ => "." };
        var small = new Option<bool>("--small") { Description = "A run of seconds: shows that everything works, not how well." };
        var command = new RootCommand("Segmentation inside a chain of ML.NET: photographs are segmented, and grouped by how much of each class they show.") { groups, output, small };
        command.SetAction(result =>
        {
            Run(result.GetValue(output)!, result.GetValue(groups) ?? 3, result.GetValue(small));
            return 0;
        });
        try
        {
            return CommandLine.Invoke(command, arguments);
        }
        catch (Exception e) when (CommandLine.IsForTheUser(e))
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static void Run(string output, int groups, bool isSmall)
    {
        // Before minutes of training, not after them.
        Directory.CreateDirectory(output);
        string scenes = Directory.CreateTempSubdirectory("gss-chain-").FullName;
        try
        {
            (int count, int width, int height) = isSmall ? (24, 96, 72) : (160, 192, 144);
            StreetScenes.Write(scenes, count, 1, width, height, () => { }, CancellationToken.None);
            var ml = new MLContext(seed: 1);
            IDataView data = ml.Segmentation().LoadFromFolders(Path.Combine(scenes, "images"), Path.Combine(scenes, "labels"), StreetScenes.Classes);

            Console.WriteLine($"Fitting the chain on {count} scenes …");
            ITransformer chain = ChainPipeline.Create(ml, groups, isSmall).Fit(data);
            string path = Path.Combine(output, "scenes.zip");
            ml.Segmentation().Save(chain, data.Schema, path);
            Console.WriteLine($"Saved {path}.");
            Show(path, data);
        }
        finally
        {
            Directory.Delete(scenes, recursive: true);
        }
    }

    // As another program would: a context of its own, which is told where the custom mapping is.
    private static void Show(string path, IDataView data)
    {
        var ml = new MLContext();
        ml.ComponentCatalog.RegisterAssembly(typeof(ClassShares).Assembly);
        ITransformer chain = ml.Model.Load(path, out _);
        IDataView scored = chain.Transform(data);
        Console.WriteLine($"mIoU on the scenes it was trained on: {100 * ml.Segmentation().Evaluate(scored, predictedLabelColumnName: ChainPipeline.MaskColumn).MeanIoU:F1} %".ToString(CultureInfo.InvariantCulture));
        foreach (var group in ml.Data.CreateEnumerable<GroupedScene>(scored, reuseRowObject: false, ignoreMissingColumns: true).GroupBy(scene => scene.PredictedLabel).OrderBy(group => group.Key))
        {
            float[] mean = [.. Enumerable.Range(0, ClassShares.ClassCount).Select(id => group.Average(scene => scene.Shares[id]))];
            IEnumerable<string> most = mean.Index().OrderByDescending(share => share.Item).Take(4)
                .Select(share => string.Create(CultureInfo.InvariantCulture, $"{StreetScenes.Classes.Names[share.Index]} {100 * share.Item:F0} %"));
            Console.WriteLine($"group {group.Key}: {group.Count()} scenes, {string.Join(", ", most)}");
        }
    }

    private sealed class GroupedScene
    {
        public uint PredictedLabel { get; set; }

        [VectorType(ClassShares.ClassCount)]
        public float[] Shares { get; set; } = [];
    }
}
