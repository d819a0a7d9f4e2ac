using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Onnx;

/// <summary>An input or output that a model must have, or may have.</summary>
internal readonly record struct OnnxTensor(string Name, TensorElementType Type, bool Optional = false)
{
    /// <summary>Whether a model has these and nothing else.</summary>
    public static bool Fit(IReadOnlyList<OnnxTensor> expected, IReadOnlyDictionary<string, NodeMetadata> found) =>
        found.All(pair => expected.Any(tensor => tensor.Name == pair.Key && tensor.Type == pair.Value.ElementDataType))
        && expected.All(tensor => tensor.Optional || found.ContainsKey(tensor.Name));

    /// <inheritdoc/>
    public override string ToString() => $"{(Optional ? "perhaps " : "")}{Name} ({Type})";
}

/// <summary>What a run gave. The numbers are ONNX Runtime's: read them before this is disposed, which also gives the session free.</summary>
internal sealed class OnnxOutputs(IDisposableReadOnlyCollection<OrtValue> values, string part, Action release) : IDisposable
{
    private int _disposed;

    /// <summary>The shape of an output.</summary>
    public long[] Shape(int output) => values[output].GetTensorTypeAndShape().Shape;

    /// <summary>All numbers of an output.</summary>
    /// <exception cref="InvalidOperationException">They take 2 GiB or more, which no span can hold.</exception>
    public ReadOnlySpan<T> Span<T>(int output)
        where T : unmanaged
    {
        long[] shape = Shape(output);
        long bytes = shape.Aggregate((long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>(), (product, size) => checked(product * size));
        return bytes < int.MaxValue ? values[output].GetTensorDataAsSpan<T>() : throw new InvalidOperationException(FormattableString.Invariant(
            $"'{part}' gave {bytes / 1073741824d:F1} GiB of shape [{string.Join(", ", shape)}], expected less than 2 GiB in one piece: give a smaller image, or one window after the other ({nameof(ScoringOptions)}.{nameof(ScoringOptions.Window)})."));
    }

    /// <summary>The numbers of one picture of a batch.</summary>
    public ReadOnlySpan<T> Part<T>(int output, int index, int count)
        where T : unmanaged
    {
        ReadOnlySpan<T> all = Span<T>(output);
        return all.Slice(index * (all.Length / count), all.Length / count);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            values.Dispose();
            release();
        }
    }
}
