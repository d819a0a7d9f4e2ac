using GSS.Core;

namespace GSS.Benchmarks;

/// <summary>CamVid at half its width and height, where a run takes a quarter of the time: photographs averaged over 2×2 pixels, of label maps the lower right pixel of each 2×2.</summary>
internal static class HalvedCamVid
{
    private static readonly string[] Splits = ["train", "val"];

    /// <summary>Writes what is not there yet.</summary>
    /// <param name="source">CamVid's folder.</param>
    /// <param name="target">The folder of the halved one, in the same layout, all PNG.</param>
    public static void Write(string source, string target)
    {
        foreach (string split in Splits)
        {
            var files = SegmentationFiles.FromFolders(Path.Combine(source, split, "images"), Path.Combine(source, split, "labels"), SegmentationClasses.CamVid);
            string images = Directory.CreateDirectory(Path.Combine(target, split, "images")).FullName, labels = Directory.CreateDirectory(Path.Combine(target, split, "labels")).FullName;
            Parallel.For(0, files.Count, i =>
            {
                string name = Path.GetFileNameWithoutExtension(files.Pairs[i].ImagePath) + ".png";
                if (!File.Exists(Path.Combine(images, name)) || !File.Exists(Path.Combine(labels, name)))
                {
                    (RgbImage image, LabelMap map) = files.Read(i);
                    LabelWriter.SavePng(map.Resize(map.Width / 2, map.Height / 2), SegmentationClasses.CamVid, Path.Combine(labels, name));
                    ImageWriter.SavePng(image.Resize(image.Width / 2, image.Height / 2), Path.Combine(images, name));
                }
            });
        }
    }
}
