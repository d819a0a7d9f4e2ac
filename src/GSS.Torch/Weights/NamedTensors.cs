using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Tensors that were found in a file by other means than their names, under the names that they have in a network.</summary>
/// <param name="path">The file that they came from.</param>
/// <param name="tensors">The tensors; not disposed with it.</param>
internal sealed class NamedTensors(string path, IReadOnlyDictionary<string, Tensor> tensors) : WeightFile
{
    /// <inheritdoc/>
    public override string Path => path;

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> Names => [.. tensors.Keys];

    /// <inheritdoc/>
    public override WeightEntry? Find(string name) => tensors.TryGetValue(name, out Tensor? tensor) ? new(tensor.dtype, tensor.shape) : null;

    /// <inheritdoc/>
    public override Tensor Read(string name) => tensors[name];

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
