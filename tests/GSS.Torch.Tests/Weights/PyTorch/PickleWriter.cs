using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace GSS.Tests;

/// <summary>Writes the few instructions of Python's pickles that the tests need, protocol 2.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream _bytes = new();

    public PickleWriter() => Raw(0x80, 2);

    public byte[] Bytes() => _bytes.ToArray();

    public PickleWriter Raw(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Instructions that are letters: <c>Op("}(")</c>.</summary>
    public PickleWriter Op(string letters) => Raw(Encoding.Latin1.GetBytes(letters));

    public PickleWriter Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Op("X").Raw(BitConverter.GetBytes(bytes.Length)).Raw(bytes);
    }

    public PickleWriter Number(long number)
    {
        if (number is >= 0 and < 256)
        {
            return Op("K").Raw((byte)number);
        }

        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Raw(0x8a, 8).Raw(bytes.ToArray());
    }

    public PickleWriter Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleWriter Numbers(params long[] numbers)
    {
        Op("(");
        foreach (long number in numbers)
        {
            Number(number);
        }

        return Op("t");
    }

    public PickleWriter Put(byte place) => Op("q").Raw(place);

    public PickleWriter Get(byte place) => Op("h").Raw(place);

    /// <summary>A tensor on a float storage.</summary>
    public PickleWriter Tensor(string key, long elements, long offset, long[] shape, long[] strides, string storage = "FloatStorage")
        => Global("torch._utils", "_rebuild_tensor_v2").Op("((").Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(elements).Op("tQ")
            .Number(offset).Numbers(shape).Numbers(strides).Raw(0x89).Global("collections", "OrderedDict").Op(")RtR");

    /// <summary>A state dict with one entry.</summary>
    public static PickleWriter StateDict(string name, Action<PickleWriter> value)
    {
        PickleWriter writer = new PickleWriter().Op("}").Text(name);
        value(writer);
        return writer.Op("s.");
    }
}

/// <summary>Puts hand-made pickles into PyTorch's containers.</summary>
internal static class PyTorchContainers
{
    private static readonly byte[] Start =
        [.. new PickleWriter().Raw(0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19).Op(".").Bytes(), .. new PickleWriter().Op("M").Raw(0xe9, 3).Op(".").Bytes()];

    /// <summary>The older stream.</summary>
    public static byte[] Stream(byte[] pickle, params (string Key, float[] Values)[] storages)
    {
        var keys = new PickleWriter().Op("](");
        foreach ((string key, _) in storages)
        {
            keys.Text(key);
        }

        using var bytes = new MemoryStream();
        bytes.Write([.. Start, .. LittleEndian(true), .. pickle, .. keys.Op("e.").Bytes()]);
        foreach ((_, float[] values) in storages)
        {
            bytes.Write(BitConverter.GetBytes((long)values.Length));
            bytes.Write(values.SelectMany(BitConverter.GetBytes).ToArray());
        }

        return bytes.ToArray();
    }

    public static byte[] BigEndianStream(byte[] pickle) => [.. Start, .. LittleEndian(false), .. pickle, .. new PickleWriter().Op("].").Bytes()];

    /// <summary>The zip container, by .NET's own writer.</summary>
    public static byte[] Zip(byte[] pickle, string prefix = "archive/", CompressionLevel compression = CompressionLevel.NoCompression, string? byteOrder = null, params (string Key, float[] Values)[] storages)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("data.pkl", pickle);
            if (byteOrder is not null)
            {
                Add("byteorder", Encoding.ASCII.GetBytes(byteOrder));
            }

            foreach ((string key, float[] values) in storages)
            {
                Add("data/" + key, [.. values.SelectMany(BitConverter.GetBytes)]);
            }

            void Add(string name, byte[] content)
            {
                using Stream entry = zip.CreateEntry(prefix + name, compression).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }

    private static byte[] LittleEndian(bool value) => new PickleWriter().Op("}").Text("little_endian").Raw(value ? (byte)0x88 : (byte)0x89).Op("s.").Bytes();
}
