namespace GSS.Torch;

/// <summary>Checks and measures of views: the elements at offset + Σ index · stride of a storage.</summary>
internal static class TensorViews
{
    /// <summary>Fails unless every element lies inside the storage, and all together are not more than the file.</summary>
    public static void Check(TorchTensor tensor, string name, WeightBytes file)
    {
        bool inside;
        try
        {
            inside = IsInside(tensor, file.Length);
        }
        catch (OverflowException)
        {
            inside = false;
        }

        if (!inside)
        {
            throw file.Damaged($"places tensor '{name}' ({Describe(tensor)}) outside its storage of {tensor.Storage.Count} elements");
        }
    }

    /// <summary>The number of elements.</summary>
    public static long Elements(TorchTensor tensor) => tensor.Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The number of elements from the first to the last, those between them that do not belong to the view included.</summary>
    public static long Span(TorchTensor tensor)
    {
        long last = 0;
        for (int i = 0; i < tensor.Shape.Length; i++)
        {
            last = checked(last + ((tensor.Shape[i] - 1) * tensor.Strides[i]));
        }

        return last + 1;
    }

    /// <summary>Whether the elements lie one behind the other, the last dimension fastest.</summary>
    public static bool IsContiguous(TorchTensor tensor)
    {
        long expected = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != expected)
            {
                return false;
            }

            expected *= tensor.Shape[i];
        }

        return true;
    }

    private static bool IsInside(TorchTensor tensor, long fileLength)
    {
        TorchStorage storage = tensor.Storage;
        if (tensor.Shape.Any(size => size < 0 || size > fileLength) || tensor.Strides.Any(stride => stride < 0) || tensor.Offset < 0 || storage.Offset < 0 || storage.Count < 0)
        {
            return false;
        }

        // A stride of 0 repeats an element; repeated often enough, a small file would fill the memory.
        if (Elements(tensor) is var elements && checked(elements * SafeTensorTypes.Size(storage.Type)) > fileLength)
        {
            return false;
        }

        return elements == 0 || checked(tensor.Offset + Span(tensor)) <= storage.Count;
    }

    private static string Describe(TorchTensor tensor)
        => $"{SafeTensorTypes.Name(tensor.Storage.Type)} [{string.Join(", ", tensor.Shape)}], strides [{string.Join(", ", tensor.Strides)}], offset {tensor.Offset}";
}
