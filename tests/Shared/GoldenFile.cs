using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace GSS.Tests;

/// <summary>A safetensors file of golden data, read by a few lines of its own so that the product's reader is not checked against itself.</summary>
internal sealed class GoldenFile
{
    private readonly byte[] _bytes;
    private readonly JsonElement _header;
    private readonly int _dataStart;

    public GoldenFile(string path)
    {
        Path = path;
        _bytes = File.ReadAllBytes(path);
        int headerLength = checked((int)BinaryPrimitives.ReadInt64LittleEndian(_bytes));
        _header = JsonDocument.Parse(_bytes.AsMemory(8, headerLength)).RootElement.Clone();
        _dataStart = 8 + headerLength;
    }

    public string Path { get; }

    public static GoldenFile Open(string name) => new(SharedData.Require("reference", "golden", name));

    public IEnumerable<string> Names => _header.EnumerateObject().Select(p => p.Name).Where(n => n != "__metadata__");

    public bool Contains(string name) => _header.TryGetProperty(name, out _);

    public long[] Shape(string name) => [.. _header.GetProperty(name).GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];

    public string Type(string name) => _header.GetProperty(name).GetProperty("dtype").GetString()!;

    public float[] Floats(string name) => Read<float>(name, "F32");

    public double[] Doubles(string name) => Read<double>(name, "F64");

    public long[] Longs(string name) => Read<long>(name, "I64");

    public byte[] Bytes(string name) => Read<byte>(name, "U8");

    public byte[] Booleans(string name) => Read<byte>(name, "BOOL");

    private T[] Read<T>(string name, string expected) where T : unmanaged
    {
        JsonElement entry = _header.GetProperty(name);
        string type = entry.GetProperty("dtype").GetString()!;
        if (type != expected) throw new InvalidOperationException($"'{name}' is {type}, the test expects {expected}.");
        JsonElement offsets = entry.GetProperty("data_offsets");
        int start = offsets[0].GetInt32();
        int end = offsets[1].GetInt32();
        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan(_dataStart + start, end - start)).ToArray();
    }
}
