namespace GSS.Torch;

/// <summary>
/// PyTorch's stream from before 1.6: pickles of a magic number, the protocol version, the machine, the object and the storages' keys,
/// then each storage as a 64-bit count of elements and the elements.
/// </summary>
internal static class PyTorchStream
{
    private const int Protocol = 1001;

    /// <summary>0x1950a86a20f9469cfc6c as a pickle holds it.</summary>
    private static ReadOnlySpan<byte> Magic => [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    public static PyTorchFile Open(WeightBytes file)
    {
        var allowance = new MemoryAllowance(file);
        var source = new PickleSource(file, 0, file.Length, allowance);
        var pickle = new TorchPickle(allowance);
        CheckStart(source, pickle, file);
        PickleValue root = new PickleMachine(source, pickle).Run();
        if (new PickleMachine(source, pickle).Run().Node is not PickleList keys)
        {
            throw file.Damaged("has no list of its storages behind the description");
        }

        Dictionary<string, StoredElements> storages = LocateStorages(keys, source, pickle, file);
        return new(file, StateDictionary.Collect(root, file, source), storages);
    }

    private static void CheckStart(PickleSource source, TorchPickle pickle, WeightBytes file)
    {
        PickleValue first = new PickleMachine(source, pickle).Run();
        Span<byte> magic = stackalloc byte[Magic.Length];
        if (first.Kind != PickleKind.LargeInteger || !source.TryRead(first, magic) || !magic.SequenceEqual(Magic))
        {
            throw new WeightFileException($"The weight file '{file.Path}' is a Python pickle that torch.save did not write; save the weights with torch.save, or as safetensors.");
        }

        PickleValue protocol = new PickleMachine(source, pickle).Run();
        if (protocol.Kind != PickleKind.Integer || protocol.Number != Protocol)
        {
            throw file.Damaged($"is a PyTorch file of protocol {protocol.Number}, where {Protocol} was expected");
        }

        PickleValue machine = new PickleMachine(source, pickle).Run();
        if (machine.Dictionary?["little_endian"] is { Kind: PickleKind.Boolean, Number: 0 })
        {
            throw PyTorchFile.BigEndian(file);
        }
    }

    private static Dictionary<string, StoredElements> LocateStorages(PickleList keys, PickleSource source, TorchPickle pickle, WeightBytes file)
    {
        var storages = new Dictionary<string, StoredElements>();
        Span<byte> countBytes = stackalloc byte[sizeof(long)];
        long position = source.Position;
        foreach (PickleValue text in keys.Items)
        {
            string key = source.Text(text);
            source.Allowance.Spend(100);
            if (!pickle.Storages.TryGetValue(key, out TorchStorage? described))
            {
                throw file.Damaged($"lists the storage '{key}', which no tensor describes");
            }

            long left = file.Length - position - countBytes.Length;
            long count = -1;
            if (left >= 0)
            {
                file.Read(countBytes, position);
                count = BitConverter.ToInt64(countBytes);
            }

            int size = SafeTensorTypes.Size(described.Type);
            if (count < 0 || count > left / size)
            {
                throw file.Damaged($"breaks off in the storage '{key}'");
            }

            if (!storages.TryAdd(key, new(position + countBytes.Length, count * size, Crc: 0)))
            {
                throw file.Damaged($"lists the storage '{key}' twice");
            }

            position += countBytes.Length + (count * size);
        }

        return storages;
    }
}
