using GSS.Core;

namespace GSS.Torch;

/// <summary>
/// PyTorch's zip container (torch.save since 1.6): <c>PREFIX/data.pkl</c> describes the tensors, <c>PREFIX/data/KEY</c> holds each storage,
/// <c>PREFIX/byteorder</c> may say how numbers are written. The prefix is any folder, or none.
/// </summary>
internal static class PyTorchZip
{
    private const string Description = "data.pkl";

    public static PyTorchFile Open(WeightBytes file)
    {
        var allowance = new MemoryAllowance(file);
        var zip = ZipDirectory.Read(file, allowance);
        string prefix = Prefix(zip, file);
        CheckByteOrder(zip, prefix, file);
        (long start, long length) = zip.Locate(prefix + Description);
        CheckDescription(file, start, length, zip.Entries[prefix + Description].Crc);
        var pickle = new TorchPickle(allowance);
        var source = new PickleSource(file, start, start + length, allowance);
        PickleValue root = new PickleMachine(source, pickle).Run();
        Dictionary<string, TorchTensor> tensors = StateDictionary.Collect(root, file, source);

        var storages = new Dictionary<string, StoredElements>();
        foreach (TorchStorage storage in tensors.Values.Select(tensor => tensor.Storage).DistinctBy(storage => storage.Key))
        {
            allowance.Spend(200 + (2 * (prefix.Length + storage.Key.Length)));
            string name = $"{prefix}data/{storage.Key}";
            if (!zip.Entries.TryGetValue(name, out ZipEntry entry))
            {
                throw file.Damaged($"lacks '{name}', which its tensors refer to");
            }

            (long storageStart, long storageLength) = zip.Locate(name);
            storages.Add(storage.Key, new(storageStart, storageLength, entry.Crc));
        }

        return new(file, tensors, storages);
    }

    private static string Prefix(ZipDirectory zip, WeightBytes file)
    {
        string[] found = [.. zip.Entries.Keys.Where(name => name == Description || name.EndsWith("/" + Description, StringComparison.Ordinal)).Take(2)];
        return found switch
        {
            [string name] => name[..^Description.Length],
            [] => throw new WeightFileException($"The weight file '{file.Path}' is a zip archive without the data.pkl of a PyTorch file; name a .pth, .pt or .pkl file that torch.save wrote, or a .safetensors file."),
            _ => throw file.Damaged($"holds '{found[0]}' and '{found[1]}', where one description was expected"),
        };
    }

    /// <summary>Compares the description with its checksum, so that no changed digit gives one tensor another's values; 0 is no checksum.</summary>
    private static void CheckDescription(WeightBytes file, long start, long length, uint expected)
    {
        byte[] part = new byte[Math.Min(length, 1 << 14)];
        uint crc = 0;
        for (long done = 0; done < length && expected != 0; done += part.Length)
        {
            Span<byte> bytes = part.AsSpan(0, (int)Math.Min(part.Length, length - done));
            file.Read(bytes, start + done);
            crc = Crc32.Compute(bytes, crc);
        }

        if (crc != expected)
        {
            throw file.Damaged("has a description that differs from its checksum");
        }
    }

    private static void CheckByteOrder(ZipDirectory zip, string prefix, WeightBytes file)
    {
        const string bigEndian = "big";
        if (zip.Entries.TryGetValue(prefix + "byteorder", out ZipEntry entry) && entry.Length == bigEndian.Length)
        {
            Span<byte> order = stackalloc byte[bigEndian.Length];
            file.Read(order, zip.Locate(prefix + "byteorder").Start);
            if (order.SequenceEqual("big"u8))
            {
                throw PyTorchFile.BigEndian(file);
            }
        }
    }
}
