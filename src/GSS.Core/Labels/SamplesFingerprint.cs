using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace GSS.Core;

/// <summary>Short texts that tell sets of samples apart by what is in them.</summary>
internal static class SamplesFingerprint
{
    /// <summary>Photographs that are looked into, spread evenly over the set: label maps, of which all are, differ where data sets do.</summary>
    public const int PhotographCount = 32;

    /// <summary>Over decoded samples: names, sizes and pixels of all label maps, pixels of a spread sample of photographs.</summary>
    public static string OfDecoded(ISegmentationSamples samples) => Of(samples.Count, (hash, index, photograph) =>
    {
        AddText(hash, samples.Describe(index));
        LabelMap labels;
        if (photograph)
        {
            (RgbImage image, labels) = samples.Read(index);
            AddNumbers(hash, image.Width, image.Height);
            hash.AppendData(image.Pixels);
        }
        else
        {
            labels = samples.ReadLabels(index);
        }

        AddNumbers(hash, labels.Width, labels.Height);
        hash.AppendData(labels.Ids);
    });

    /// <summary>Over files: their names without folders, their lengths, the bytes of all label files, the bytes of a spread sample of photographs.</summary>
    /// <param name="pairs">The files.</param>
    /// <param name="classes">How values in label files become classes.</param>
    /// <exception cref="SegmentationDataException">A file cannot be read.</exception>
    public static string OfFiles(IReadOnlyList<(string ImagePath, string LabelPath)> pairs, SegmentationClasses classes) => Of(pairs.Count, (hash, index, photograph) =>
    {
        if (index == 0)
        {
            AddText(hash, classes.ToJson());
        }

        AddFile(hash, pairs[index].ImagePath, photograph);
        AddFile(hash, pairs[index].LabelPath, content: true);
    });

    private static string Of(int count, Action<IncrementalHash, int, bool> add)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int photographs = Math.Min(count, PhotographCount);
        for (int index = 0, next = 0; index < count; index++)
        {
            bool photograph = next < photographs && index == (int)((long)next * count / photographs);
            next += photograph ? 1 : 0;
            add(hash, index, photograph);
        }

        return $"{count} samples ({Convert.ToHexStringLower(hash.GetHashAndReset())[..16]})";
    }

    private static void AddFile(IncrementalHash hash, string path, bool content)
    {
        try
        {
            AddText(hash, Path.GetFileName(path));
            using FileStream stream = File.OpenRead(path);
            AddNumbers(hash, stream.Length);
            if (content)
            {
                hash.AppendData(SHA256.HashData(stream));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SegmentationDataException($"'{path}' cannot be read ({exception.Message}): check that it is still there and may be read.", exception);
        }
    }

    private static void AddText(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + '\0'));

    private static void AddNumbers(IncrementalHash hash, params ReadOnlySpan<long> numbers) => hash.AppendData(MemoryMarshal.AsBytes(numbers));
}
