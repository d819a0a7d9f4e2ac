using System.Text;

namespace GSS.Benchmarks;

/// <summary>PyTorch streams whose description is a long row of instructions drawn at random: valid ones for the most part, in an order that no program would write.</summary>
internal static class FuzzPickles
{
    private const int StorageLength = 64;

    /// <summary>Instructions with what they take off the stack and put onto it; -1 takes everything to the last mark, -2 opens one.</summary>
    private static readonly (byte[] Bytes, int Takes, int Puts)[] Instructions =
    [
        (Ascii("N"), 0, 1), (Ascii("}"), 0, 1), (Ascii("]"), 0, 1), (Ascii(")"), 0, 1), ([(byte)'K', 2], 0, 1), ([(byte)'K', 0], 0, 1), (Number(long.MaxValue), 0, 1), (Number(-1), 0, 1),
        (Text("a"), 0, 1), (Text("state_dict"), 0, 1), (Text("_modules"), 0, 1), (Text("_parameters"), 0, 1), (Text("storage"), 0, 1), (Text("0"), 0, 1),
        (Ascii("ctorch\nFloatStorage\n"), 0, 1), (Ascii("ctorch._utils\n_rebuild_tensor_v2\n"), 0, 1), (Ascii("ccollections\nOrderedDict\n"), 0, 1), (Ascii("cos\nsystem\n"), 0, 1),
        (Ascii("ctorch._tensor\n_rebuild_from_type_v2\n"), 0, 1), (Tensor(), 0, 1), (Tensor(), 0, 1), (Ascii("h\0"), 0, 1), (Ascii("h\u0001"), 0, 1), (Ascii("h\u0002"), 0, 1), (Ascii("h\u0003"), 0, 1),
        (Ascii("("), 0, -2), (Ascii("t"), -1, 1), (Ascii("l"), -1, 1), (Ascii("1"), -1, 0), (Ascii("(cmy\nModule\no"), 0, 1), (Ascii("(imy\nModule\n"), 0, 1),
        ([.. Text("my"), .. Text("Module"), 0x93], 0, 1), ([(byte)'(', .. Text("a"), .. Tensor(), (byte)'d'], 0, 1),
        ([0x85], 1, 1), ([0x86], 2, 1), ([0x87], 3, 1), (Ascii("0"), 1, 0), (Ascii("2"), 1, 2), (Ascii("q\0"), 1, 1), (Ascii("q\u0001"), 1, 1), (Ascii("q\u0002"), 1, 1), (Ascii("q\u0003"), 1, 1), ([0x94], 1, 1),
        (Ascii("R"), 2, 1), ([0x81], 2, 1), (Ascii("b"), 2, 1), (Ascii("a"), 2, 1), (Ascii("s"), 3, 1), (Ascii("s"), 3, 1), (Ascii("s"), 3, 1), (Ascii("Q"), 1, 1),
    ];

    /// <summary>A file of up to some 100 KB.</summary>
    public static byte[] Make(Random random)
    {
        using var file = new MemoryStream();
        file.Write([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.', 0x80, 2, (byte)'M', 0xe9, 3, (byte)'.', 0x80, 2, (byte)'}', (byte)'.', 0x80, 2]);

        // Something to remember first, so that the values 0 to 3 exist.
        file.Write(Ascii("}q\0q\u0001q\u0002q\u0003"));
        var depths = new Stack<int>();
        int depth = 1, count = random.Next(1 << random.Next(2, 13));
        for (int i = 0; i < count; i++)
        {
            (byte[] bytes, int takes, int puts) = Instructions[random.Next(Instructions.Length)];
            bool fits = takes == -1 ? depths.Count > 0 : takes <= depth;
            if (!fits && random.Next(2000) > 0)
            {
                continue;
            }

            file.Write(bytes);
            if (puts == -2)
            {
                depths.Push(depth);
                depth = 0;
            }
            else
            {
                depth = (takes == -1 ? depths.TryPop(out int below) ? below : 0 : Math.Max(0, depth - takes)) + puts;
            }
        }

        // What is left in open lists is closed, and becomes one value.
        file.Write(Ascii(string.Concat(Enumerable.Repeat("l", depths.Count)) + "}" + "X\u0001\0\0\0zh\0s."));
        file.Write([0x80, 2, .. Ascii("]"), .. Text("0"), .. Ascii("a."), .. BitConverter.GetBytes((long)StorageLength), .. new byte[StorageLength * sizeof(float)]]);
        return file.ToArray();
    }

    private static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Text(string text) => [(byte)'X', (byte)text.Length, 0, 0, 0, .. Ascii(text)];

    private static byte[] Number(long number) => [0x8a, 8, .. BitConverter.GetBytes(number)];

    /// <summary>A whole tensor of 8 × 8 numbers.</summary>
    private static byte[] Tensor() =>
    [
        .. Ascii("ctorch._utils\n_rebuild_tensor_v2\n(("), .. Text("storage"), .. Ascii("ctorch\nFloatStorage\n"), .. Text("0"), .. Text("cpu"), (byte)'K', StorageLength, .. Ascii("tQK\0K\u0008K\u0008\u0086K\u0001K\u0008\u0086\u0089}tR"),
    ];
}
