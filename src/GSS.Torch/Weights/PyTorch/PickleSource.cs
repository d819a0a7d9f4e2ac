using System.Buffers.Binary;
using System.Text;

namespace GSS.Torch;

/// <summary>Reads a pickle forward through a window of at most 64 KiB. Strings stay in the file until somebody asks for them.</summary>
internal sealed class PickleSource
{
    private const int WindowLength = 1 << 16;

    /// <summary>The longest name of a Python class, and the longest number in digits.</summary>
    private const int MaximumLine = 1024;

    /// <summary>The longest string that is ever asked for: a key, a name.</summary>
    private const int MaximumText = 1 << 16;

    private readonly WeightBytes _file;
    private readonly byte[] _window;
    private readonly long _end;
    private long _windowStart;
    private int _windowFilled;

    /// <summary>Reads the part of a file from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public PickleSource(WeightBytes file, long start, long end, MemoryAllowance allowance)
    {
        (_file, Position, _end, Allowance) = (file, start, end, allowance);
        _windowStart = start;
        _window = new byte[Math.Min(WindowLength, Math.Max(8, end - start))];
    }

    /// <summary>The next byte's place in the file.</summary>
    public long Position { get; private set; }

    public MemoryAllowance Allowance { get; }

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>Passes over some bytes and says where they are.</summary>
    /// <param name="kind">What they are.</param>
    /// <param name="length">How many the file announces; negative where it announces nonsense.</param>
    public PickleValue Skip(PickleKind kind, long length)
    {
        if (length < 0 || length > _end - Position || length > int.MaxValue)
        {
            throw Damaged($"announces {length} bytes at byte {Position}, where {_end - Position} are left");
        }

        var value = new PickleValue(kind, Position, (int)length);
        Position += length;
        return value;
    }

    /// <summary>Passes over the bytes up to a line break, and over the break.</summary>
    public PickleValue Line()
    {
        long start = Position;
        for (int length = 0; length <= MaximumLine; length++)
        {
            if (Byte() == '\n')
            {
                return new(PickleKind.Text, start, length);
            }
        }

        throw Damaged($"has a line of more than {MaximumLine} bytes at byte {start}");
    }

    /// <summary>The string that a text stands for.</summary>
    public string Text(PickleValue text)
    {
        if (text.Kind != PickleKind.Text || text.Length > MaximumText)
        {
            throw Damaged(text.Kind == PickleKind.Text ? $"has a name of {text.Length} bytes at byte {text.Number}" : $"has no string where one was expected, before byte {Position}");
        }

        Allowance.Spend(32 + (2 * text.Length));
        if (text.Number >= _windowStart && text.Number + text.Length <= _windowStart + _windowFilled)
        {
            return Encoding.UTF8.GetString(_window.AsSpan((int)(text.Number - _windowStart), text.Length));
        }

        Span<byte> bytes = text.Length <= 256 ? stackalloc byte[text.Length] : new byte[text.Length];
        _file.Read(bytes, text.Number);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The bytes that a value stands for, where there are at most as many as the target takes.</summary>
    public bool TryRead(PickleValue value, Span<byte> target)
    {
        if (value.Length != target.Length)
        {
            return false;
        }

        _file.Read(target, value.Number);
        return true;
    }

    public WeightFileException Damaged(string what) => _file.Damaged(what);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _end - Position)
        {
            throw Damaged($"breaks off at byte {Position}, in the middle of its description");
        }

        if (Position < _windowStart || Position + count > _windowStart + _windowFilled)
        {
            int fill = (int)Math.Min(_window.Length, _end - Position);
            _file.Read(_window.AsSpan(0, fill), Position);
            (_windowStart, _windowFilled) = (Position, fill);
        }

        ReadOnlySpan<byte> bytes = _window.AsSpan((int)(Position - _windowStart), count);
        Position += count;
        return bytes;
    }
}
