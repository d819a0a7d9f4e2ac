using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>A reader under attack.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Share">How much of the inputs it gets.</param>
/// <param name="Seeds">Whole files to damage.</param>
/// <param name="Read">Reads everything there is in a file and returns the bytes of the largest tensor outside the managed heap; throws only the reader's own exception where the file is bad.</param>
/// <param name="Repair">Makes the checksum of a damaged file fit again, so that the damage gets past it; null where there is none.</param>
internal sealed record FuzzTarget(string Name, int Share, IReadOnlyList<byte[]> Seeds, Func<byte[], long> Read, Action<byte[]>? Repair = null)
{
    /// <summary>Whether the file may cost no more than twice its size. A picture is unpacked; there, the reader's own limits count.</summary>
    public bool IsBounded { get; init; } = true;

    /// <summary>Opens a weight file by its contents and reads every tensor.</summary>
    public static long ReadWeights(byte[] bytes)
    {
        long largest = 0;
        try
        {
            using WeightFile file = WeightFile.Open(new MemoryStream(bytes, writable: false), "fuzzed");
            foreach (string name in file.Names)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor tensor = file.Read(name);
                largest = Math.Max(largest, tensor.numel() * tensor.element_size());
            }

            return largest;
        }
        catch (WeightFileException)
        {
            return largest;
        }
    }

    /// <summary>Reads a label map.</summary>
    public static long ReadLabels(byte[] bytes, SegmentationClasses classes)
    {
        try
        {
            LabelReader.Read(new MemoryStream(bytes, writable: false), "fuzzed", classes);
        }
        catch (SegmentationDataException)
        {
        }

        return 0;
    }

    /// <summary>Reads a model package.</summary>
    public static long ReadPackage(byte[] bytes)
    {
        try
        {
            SegmentationModelPackage.Read(new MemoryStream(bytes, writable: false), "fuzzed");
        }
        catch (SegmentationModelException)
        {
        }

        return 0;
    }
}
