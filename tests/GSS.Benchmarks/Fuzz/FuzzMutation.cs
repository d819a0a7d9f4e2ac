using System.Buffers.Binary;

namespace GSS.Benchmarks;

/// <summary>Damages files: flipped bits, overwritten bytes, cuts, splices, repeats, gaps, and numbers that a length might be. The same seed gives the same damage.</summary>
internal sealed class FuzzMutation(int seed)
{
    /// <summary>Descriptions lie at the start and the end of a file, weights between them.</summary>
    private const int InterestingStart = 32 << 10, InterestingEnd = 8 << 10;

    private static readonly long[] Lengths =
        [0, 1, -1, 2, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue, 100_000_000];

    private readonly Random _random = new(seed);

    /// <summary>A damaged copy.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="other">Another one, to splice from.</param>
    /// <param name="repair">Makes checksums fit again; used half of the time.</param>
    public byte[] Damage(byte[] file, byte[] other, Action<byte[]>? repair)
    {
        byte[] damaged = [.. file];
        int times = 1 + _random.Next(4);
        for (int i = 0; i < times && damaged.Length > 0; i++)
        {
            damaged = Once(damaged, other);
        }

        if (repair is not null && _random.Next(2) == 0)
        {
            repair(damaged);
        }

        return damaged;
    }

    private byte[] Once(byte[] file, byte[] other)
    {
        int place = Place(file.Length);
        int run = Math.Min(1 + _random.Next(1 << _random.Next(1, 10)), file.Length - place);
        switch (_random.Next(9))
        {
            case 0 or 1:
                file[place] ^= (byte)(1 << _random.Next(8));
                return file;
            case 2:
                _random.NextBytes(file.AsSpan(place, Math.Min(run, 8)));
                return file;
            case 3 or 4:
                return Announce(file, place);
            case 5:
                return Digits(file, place);
            case 6:
                return _random.Next(4) == 0 ? file[..place] : [.. file[..place], .. file[(place + run)..]];
            case 7:
                return [.. file[..(place + run)], .. file[place..]];
            default:
                int from = Place(other.Length);
                other.AsSpan(from, Math.Min(run, other.Length - from)).CopyTo(file.AsSpan(place));
                return file;
        }
    }

    private int Place(int length)
        => length <= InterestingStart + InterestingEnd || _random.Next(4) == 0 ? _random.Next(length)
            : _random.Next(3) == 0 ? length - 1 - _random.Next(InterestingEnd) : _random.Next(InterestingStart);

    /// <summary>A number of 1 to 8 bytes where a length may stand, or one near the file's own size.</summary>
    private byte[] Announce(byte[] file, int place)
    {
        long number = _random.Next(3) == 0 ? file.Length + _random.Next(-16, 17) : Lengths[_random.Next(Lengths.Length)];
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        if (_random.Next(8) == 0)
        {
            bytes.Reverse();
        }

        bytes[..Math.Min(1 << _random.Next(4), file.Length - place)].CopyTo(file.AsSpan(place));
        return file;
    }

    /// <summary>A number written in digits (JSON, old pickles) becomes another one.</summary>
    private byte[] Digits(byte[] file, int place)
    {
        int start = file.AsSpan(place).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
        {
            return file;
        }

        start += place;
        int end = start;
        while (end < file.Length && char.IsAsciiDigit((char)file[end]))
        {
            end++;
        }

        string number = _random.Next(2) == 0 ? Lengths[_random.Next(Lengths.Length)].ToString() : _random.Next(100).ToString();
        return [.. file[..start], .. number.Select(c => (byte)c), .. file[end..]];
    }
}
