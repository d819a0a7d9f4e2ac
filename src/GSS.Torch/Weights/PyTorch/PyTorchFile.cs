using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Where a storage's bytes are.</summary>
/// <param name="Start">The first byte in the file.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="Crc">The checksum of all of them; 0 where the file gives none.</param>
internal readonly record struct StoredElements(long Start, long Length, uint Crc);

/// <summary>The tensors of a PyTorch file, in either container.</summary>
internal sealed class PyTorchFile : WeightFile
{
    private readonly WeightBytes _file;
    private readonly Dictionary<string, TorchTensor> _tensors;
    private readonly Dictionary<string, StoredElements> _storages;

    /// <summary>Takes over the file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="tensors">The tensors by name; each a view inside its storage.</param>
    /// <param name="storages">The storages by key.</param>
    /// <exception cref="WeightFileException">A storage is missing, or shorter than described.</exception>
    public PyTorchFile(WeightBytes file, Dictionary<string, TorchTensor> tensors, Dictionary<string, StoredElements> storages)
    {
        (_file, _tensors, _storages) = (file, tensors, storages);
        foreach ((string name, TorchTensor tensor) in tensors)
        {
            TorchStorage storage = tensor.Storage;
            long available = storages.TryGetValue(storage.Key, out StoredElements stored) ? stored.Length / SafeTensorTypes.Size(storage.Type) : 0;
            if (storage.Offset > available || storage.Count > available - storage.Offset)
            {
                throw file.Damaged($"has {available} elements of tensor '{name}', where its storage '{storage.Key}' was to have {storage.Offset + storage.Count}");
            }
        }
    }

    /// <inheritdoc/>
    public override string Path => _file.Path;

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> Names => _tensors.Keys;

    public static WeightFileException BigEndian(WeightBytes file)
        => new($"The weight file '{file.Path}' was saved on a big-endian machine, where little-endian numbers were expected; load and save it again on a usual machine.");

    /// <inheritdoc/>
    public override WeightEntry? Find(string name)
        => _tensors.TryGetValue(name, out TorchTensor? tensor) ? new(tensor.Storage.Type, tensor.Shape) : null;

    /// <inheritdoc/>
    public override Tensor Read(string name)
    {
        TorchTensor view = _tensors[name];
        ScalarType type = view.Storage.Type;
        if (TensorViews.Elements(view) == 0)
        {
            return empty(view.Shape, type);
        }

        using DisposeScope scope = NewDisposeScope();
        if (TensorViews.IsContiguous(view))
        {
            Tensor tensor = empty(view.Shape, type);
            ReadElements(tensor, view, name);
            return tensor.MoveToOuterDisposeScope();
        }

        // Everything from the first element to the last, then those that belong to the view.
        Tensor span = empty([TensorViews.Span(view)], type);
        ReadElements(span, view, name);
        return span.as_strided(view.Shape, view.Strides).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    private void ReadElements(Tensor target, TorchTensor view, string name)
    {
        int size = SafeTensorTypes.Size(view.Storage.Type);
        if (target.numel() > int.MaxValue / size)
        {
            throw new WeightFileException($"The weight file '{Path}' holds tensor '{name}' of {target.numel()} elements, more than the 2 GB that one tensor can have here; split it.");
        }

        StoredElements stored = _storages[view.Storage.Key];
        Span<byte> bytes = target.bytes;
        _file.Read(bytes, stored.Start + ((view.Storage.Offset + view.Offset) * size));
        if (stored.Crc != 0 && bytes.Length == stored.Length && Crc32.Compute(bytes) != stored.Crc)
        {
            throw _file.Damaged($"holds bytes for tensor '{name}' that differ from its checksum");
        }
    }
}
