using System.Text.Json;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>The JSON header of a safetensors file, read token by token so that a hostile one costs no more memory than its own size.</summary>
/// <param name="file">The file it belongs to.</param>
/// <param name="dataStart">The first byte behind the header.</param>
internal sealed class SafeTensorsHeader(WeightBytes file, long dataStart)
{
    private const int MaximumDimensions = 64;

    private readonly MemoryAllowance _allowance = new(file);
    private readonly Dictionary<string, SafeTensorEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, SafeTensorEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads and checks the header.</summary>
    /// <exception cref="WeightFileException">A tensor does not lie where it should.</exception>
    /// <exception cref="JsonException">It is no JSON, or not that of the format.</exception>
    public void Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextName(ref reader) is { } name)
        {
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader);
            }
            else
            {
                ReadEntry(ref reader, name);
            }
        }

        if (reader.Read())
        {
            throw new JsonException();
        }

        CheckOrder();
    }

    public static WeightFileException Damaged(WeightBytes file, string what, Exception? inner = null)
        => new($"The weight file '{file.Path}' {WeightBytes.Printable(what, 400)}: it is damaged or no safetensors file; copy or export it again.", inner);

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException();
        }
    }

    private string? NextName(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw new JsonException();
        }

        return reader.TokenType == JsonTokenType.EndObject ? null : Text(ref reader);
    }

    private string Text(ref Utf8JsonReader reader)
    {
        _allowance.Spend(32 + (2 * (long)reader.ValueSpan.Length));
        return reader.GetString() ?? throw new JsonException();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextName(ref reader) is { } name)
        {
            Expect(ref reader, JsonTokenType.String);
            _allowance.Spend(80);
            _metadata[name] = Text(ref reader);
        }
    }

    private void ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? typeName = null;
        long[]? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextName(ref reader) is { } property)
        {
            switch (property)
            {
                case "dtype": Expect(ref reader, JsonTokenType.String); typeName = Text(ref reader); break;
                case "shape": shape = Numbers(ref reader); break;
                case "data_offsets": offsets = Numbers(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        if (typeName is null || shape is null || offsets is not [long start, long end])
        {
            throw new JsonException();
        }

        if (!SafeTensorTypes.TryParse(typeName, out ScalarType type))
        {
            throw Damaged(file, $"holds tensor '{name}' of type '{typeName}', which is none of {SafeTensorTypes.Known}");
        }

        long expected = shape.Aggregate((long)SafeTensorTypes.Size(type), (product, size) => size < 0 ? throw new OverflowException() : checked(product * size));
        if (start < 0 || end < start || end > file.Length - dataStart || end - start != expected)
        {
            throw Damaged(file, $"places tensor '{name}' ({typeName} [{string.Join(", ", shape)}], {expected} bytes) at bytes {start} to {end} of {file.Length - dataStart}");
        }

        _allowance.Spend(240);
        if (!_entries.TryAdd(name, new(type, shape, dataStart + start, end - start)))
        {
            throw Damaged(file, $"holds tensor '{name}' twice");
        }
    }

    private long[] Numbers(ref Utf8JsonReader reader)
    {
        Span<long> numbers = stackalloc long[MaximumDimensions];
        int count = 0;
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.Number && count < MaximumDimensions)
        {
            numbers[count++] = reader.GetInt64();
        }

        if (reader.TokenType != JsonTokenType.EndArray)
        {
            throw new JsonException();
        }

        _allowance.Spend(24 + (sizeof(long) * count));
        return numbers[..count].ToArray();
    }

    /// <summary>The tensors fill the file without a gap.</summary>
    private void CheckOrder()
    {
        long next = dataStart;
        foreach ((string name, SafeTensorEntry entry) in _entries.OrderBy(e => e.Value.Start).ThenBy(e => e.Value.Length))
        {
            if (entry.Start != next)
            {
                throw Damaged(file, $"has {(entry.Start < next ? "an overlap" : "a hole")} before tensor '{name}'");
            }

            next += entry.Length;
        }

        if (next != file.Length)
        {
            throw Damaged(file, $"has {file.Length - next} bytes behind its last tensor");
        }
    }
}
