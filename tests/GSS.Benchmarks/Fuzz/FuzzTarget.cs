using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Benchmarks;

/// <summary>A reader under attack.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Share">How much of the inputs it gets.</param>
/// <param name="Seeds">Whole files to damage.</param>
/// <param name="Read">Reads everything there is in a file; catches the reader's own exception and no other.</param>
/// <param name="Repair">Makes the checksum of a damaged file fit again, so that the damage gets past it; null where there is none.</param>
internal sealed record FuzzTarget(string Name, int Share, IReadOnlyList<byte[]> Seeds, Func<byte[], FuzzReading> Read, Action<byte[]>? Repair = null)
{
    /// <summary>Whether the file may cost no more than twice its size. A picture is unpacked; there, the reader's own limits count.</summary>
    public bool IsBounded { get; init; } = true;

    /// <summary>Makes a file instead of damaging one; null where there are files to damage.</summary>
    public Func<Random, byte[]>? Make { get; init; }

    /// <summary>Opens a weight file by its contents and reads every tensor.</summary>
    public static FuzzReading ReadWeights(byte[] bytes)
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

            return new(true, largest);
        }
        catch (WeightFileException)
        {
            return new(false, largest);
        }
    }

    /// <summary>Reads a label map.</summary>
    public static FuzzReading ReadLabels(byte[] bytes, SegmentationClasses classes)
    {
        try
        {
            LabelReader.Read(new MemoryStream(bytes, writable: false), "fuzzed", classes);
            return new(true, 0);
        }
        catch (SegmentationDataException)
        {
            return new(false, 0);
        }
    }

    /// <summary>Reads a model package.</summary>
    public static FuzzReading ReadPackage(byte[] bytes)
    {
        try
        {
            SegmentationModelPackage.Read(new MemoryStream(bytes, writable: false), "fuzzed");
            return new(true, 0);
        }
        catch (SegmentationModelException)
        {
            return new(false, 0);
        }
    }
}

/// <summary>What became of a file.</summary>
/// <param name="IsRead">Read to its end; otherwise refused by the reader's own exception.</param>
/// <param name="LargestTensor">The bytes of the largest tensor, which lie outside the managed heap.</param>
internal readonly record struct FuzzReading(bool IsRead, long LargestTensor);
