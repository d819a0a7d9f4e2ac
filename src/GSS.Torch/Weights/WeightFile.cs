using System.Buffers.Binary;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>What a weight file says about one tensor.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The sizes, empty for a scalar.</param>
internal record WeightEntry(ScalarType Type, long[] Shape);

/// <summary>
/// An open file of named tensors. <see cref="Open(string)"/> tells the formats apart by their contents, never by the file's name:
/// safetensors, PyTorch's zip container (torch.save since 1.6), PyTorch's older stream, and ONNX. A PyTorch file may hold a state dict, alone or inside a
/// checkpoint, or a whole module; nothing in it is ever executed.
/// </summary>
internal abstract class WeightFile : IDisposable
{
    /// <summary>What messages call the file.</summary>
    public abstract string Path { get; }

    /// <summary>The names of all tensors.</summary>
    public abstract IReadOnlyCollection<string> Names { get; }

    /// <summary>Opens a file and checks everything but the tensors' values.</summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or of none of the known formats.</exception>
    public static WeightFile Open(string path) => Open(WeightBytes.Open(path));

    /// <summary>Takes over a seekable stream that holds a whole file.</summary>
    /// <param name="stream">The stream; disposed of with the file, or at once if it cannot be read.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="WeightFileException">The contents are damaged, or of none of the known formats.</exception>
    public static WeightFile Open(Stream stream, string path) => Open(new WeightBytes(stream, path));

    /// <summary>Type and shape of a tensor, or null where the file has none of that name.</summary>
    public abstract WeightEntry? Find(string name);

    /// <summary>Reads one tensor to CPU memory, contiguous, in the type it is stored in.</summary>
    /// <exception cref="WeightFileException">Its bytes are damaged, or more than 2 GB.</exception>
    public abstract Tensor Read(string name);

    /// <inheritdoc/>
    public abstract void Dispose();

    private static WeightFile Open(WeightBytes bytes)
    {
        try
        {
            Span<byte> start = stackalloc byte[(int)Math.Min(16, bytes.Length)];
            bytes.Read(start, 0);
            return start switch
            {
                [(byte)'P', (byte)'K', (byte)'\x3' or (byte)'\x5', ..] => PyTorchZip.Open(bytes),
                [0x80, <= 5, ..] when !LooksLikeSafeTensors(start) => PyTorchStream.Open(bytes),
                _ when LooksLikeSafeTensors(start) => SafeTensorsFile.Open(bytes),
                _ when OnnxWeightFile.LooksLike(start) => OnnxWeightFile.Open(bytes),
                _ => throw new WeightFileException($"The weight file '{bytes.Path}' has {bytes.Length} bytes and begins with '{Printable(start)}', "
                    + "which is neither safetensors nor PyTorch (a zip archive or a pickle) nor ONNX; name the file that holds the weights, or download it again."),
            };
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static bool LooksLikeSafeTensors(ReadOnlySpan<byte> start)
        => start.Length >= 9 && start[8] == '{' && BinaryPrimitives.ReadInt64LittleEndian(start) is >= 2 and <= SafeTensorsFile.MaximumHeaderLength;

    private static string Printable(ReadOnlySpan<byte> start)
    {
        var text = new StringBuilder();
        foreach (byte value in start)
        {
            text.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
        }

        return text.ToString();
    }
}
