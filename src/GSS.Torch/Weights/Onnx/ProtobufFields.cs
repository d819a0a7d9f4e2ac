using System.Buffers.Binary;

namespace GSS.Torch;

/// <summary>Goes through the fields of one protobuf message. Reads nothing but what it is asked for: contents are slices of the message.</summary>
internal struct ProtobufFields(ReadOnlyMemory<byte> message)
{
    private const int LongestList = 64;

    private int _position;

    /// <summary>The field's number.</summary>
    public int Number { get; private set; }

    /// <summary>The field's number where it is one, as it is stored; a <c>float</c>'s or <c>double</c>'s bits.</summary>
    public ulong Value { get; private set; }

    /// <summary>The field's bytes where it is a text, bytes, a message or a packed list; empty where it is a number.</summary>
    public ReadOnlyMemory<byte> Content { get; private set; }

    /// <summary>Whether <see cref="Content"/> holds the field.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Goes to the next field; false behind the last one.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public bool Next()
    {
        if (_position == message.Length)
        {
            return false;
        }

        ulong tag = Varint();
        Number = tag >> 3 is > 0 and < 1 << 29 and var number ? (int)number : throw new FormatException("has a field without a number");
        (Value, Content, HasContent) = (0, default, false);
        switch (tag & 7)
        {
            case 0:
                Value = Varint();
                break;
            case 1:
                Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8).Span);
                break;
            case 2:
                (Content, HasContent) = (Take(Varint()), true);
                break;
            case 5:
                Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span);
                break;
            default:
                throw new FormatException($"has a field of the kind {tag & 7}, which does not exist");
        }

        return true;
    }

    /// <summary>Adds the field to a list of whole numbers, which may be packed or not.</summary>
    /// <returns>Whether the list is no longer than shapes, strides and axes are.</returns>
    /// <exception cref="FormatException">The list is damaged.</exception>
    public readonly bool TryAddTo(List<long> list)
    {
        if (!HasContent)
        {
            list.Add((long)Value);
            return list.Count <= LongestList;
        }

        var packed = new ProtobufFields(Content);
        while (packed._position < Content.Length && list.Count <= LongestList)
        {
            list.Add((long)packed.Varint());
        }

        return list.Count <= LongestList;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1).Span[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("has a number of more than ten bytes");
    }

    private ReadOnlyMemory<byte> Take(ulong length)
    {
        if (length > (ulong)(message.Length - _position))
        {
            throw new FormatException("ends within a field");
        }

        ReadOnlyMemory<byte> taken = message.Slice(_position, (int)length);
        _position += (int)length;
        return taken;
    }
}
