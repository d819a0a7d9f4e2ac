using System.Buffers.Binary;
using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Constants of ONNX files: those that Google's protobuf wrote, those that were put together by hand from the specification, and damaged ones.</summary>
[TestClass]
public sealed class OnnxWeightFileTests
{
    [TestMethod]
    public void Constants_have_their_names_shapes_and_numbers_in_either_place()
    {
        using DisposeScope scope = TorchTest.NewScope();
        var graph = new OnnxGraph("constants");
        OnnxValue x = graph.Input("x", OnnxType.Float, 2, 3), weight = graph.Constant([1f, -2.5f, 3e-8f, 4, 5, 6], 2, 3);
        graph.Output(graph.Add(x, weight), "y", OnnxType.Float, 2, 3);
        using (WeightFile file = Open(graph.ToBytes()))
        {
            string name = file.Names.Single();
            CollectionAssert.AreEqual(new long[] { 2, 3 }, file.Find(name)!.Shape);
            CollectionAssert.AreEqual(new[] { 1f, -2.5f, 3e-8f, 4, 5, 6 }, file.Read(name).data<float>().ToArray());
            Assert.AreEqual("Add", ((OnnxWeightFile)file).Nodes[0].Operator);
        }

        // float_data (4), double_data (10), and dimensions one by one as older writers have them.
        byte[] floats = Tensor("f", type: 1, [2], Field(4, Bytes([7f, 8f])));
        byte[] doubles = Tensor("d", type: 11, [1, 1], Field(10, BitConverter.GetBytes(0.1)));
        byte[] half = Tensor("h", type: 10, [1], Field(9, BitConverter.GetBytes((Half)1.5)));
        byte[] whole = Tensor("shape", type: 7, [1], Field(9, new byte[8]));
        using WeightFile hand = Open(Model([.. Field(5, floats), .. Field(5, doubles), .. Field(5, half), .. Field(5, whole)]));
        CollectionAssert.AreEquivalent(new[] { "f", "d", "h" }, hand.Names.ToArray(), "whole numbers are no weights");
        CollectionAssert.AreEqual(new[] { 7f, 8f }, hand.Read("f").data<float>().ToArray());
        Assert.AreEqual(0.1, hand.Read("d").item<double>());
        Assert.AreEqual(1.5f, hand.Read("h").to(ScalarType.Float32).item<float>());

        // A Constant operator: its value is an attribute.
        byte[] node = [.. Field(2, "c"u8), .. Field(4, "Constant"u8), .. Field(5, [.. Field(1, "value"u8), .. Field(5, Tensor("", 1, [1], Field(9, Bytes([9f]))))])];
        using WeightFile constant = Open(Model(Field(1, node)));
        Assert.AreEqual(9f, constant.Read("c").item<float>());
    }

    [TestMethod]
    public void What_cannot_be_used_is_one_sentence()
    {
        Refused(Model(Field(5, Tensor("a", 1, [3], Field(9, Bytes([1f]))))), "has 4 bytes for 'a' of shape [3] and type Float32");
        Refused(Model(Field(5, Tensor("a", 1, [1L << 40, 1L << 40], []))), "gives 'a' the shape [1099511627776, 1099511627776]");
        Refused(Model(Field(5, Tensor("a", 1, [1], [0x70, 1]))), "keeps 'a' in another file (external data), expected one file with all in it");
        Refused(Model([.. Field(5, Tensor("a", 1, [0], [])), .. Field(5, Tensor("a", 1, [0], []))]), "has two constants with the name 'a'");
        Refused([0x08, 0x07, 0x12, 0x01, (byte)'x'], "is no ONNX model: it has no graph");
        Refused([0x08, 0x07, 0x3A, 0x7F], "ends within a field");

        // Two bytes of an empty operator cost hundreds in memory.
        byte[] many = new byte[2 << 20];
        for (int i = 0; i < many.Length; i += 2)
        {
            many[i] = 0x0A;
        }

        Refused(Model(many), "describes far more than a file of its size can hold");
    }

    [TestMethod]
    public void Damaged_files_are_read_or_refused_by_the_one_exception()
    {
        var graph = new OnnxGraph("small");
        OnnxValue x = graph.Input("x", OnnxType.Float, 1, 2, 4, 4);
        graph.Output(graph.Relu(graph.Conv(x, graph.Constant(new float[36], 2, 2, 3, 3), graph.Constant([1f, 2], 2), 3, padding: 1)), "y", OnnxType.Float, 1, 2, 4, 4);
        byte[] whole = graph.ToBytes();
        using var network = new MobileNetV2(width: 0.25);
        for (int length = 0; length < whole.Length; length++)
        {
            ReadAll(whole[..length], network);
        }

        var random = new Random(3);
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = [.. whole];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            ReadAll(damaged, network);
        }
    }

    private static void ReadAll(byte[] bytes, MobileNetV2 network)
    {
        using DisposeScope scope = TorchTest.NewScope();
        try
        {
            using WeightFile file = Open(bytes);
            foreach (string name in file.Names)
            {
                file.Read(name);
            }

            if (file is OnnxWeightFile onnx)
            {
                Assert.ThrowsExactly<WeightFileException>(() => network.FindIn(onnx));
            }
        }
        catch (WeightFileException)
        {
        }
    }

    private static void Refused(byte[] bytes, string found)
    {
        string message = Assert.ThrowsExactly<WeightFileException>(() => Open(bytes)).Message;
        Assert.AreEqual($"The weight file 'some.onnx' {found}: it is damaged or no weight file; copy, download or save it again.", message);
    }

    private static WeightFile Open(byte[] bytes) => WeightFile.Open(new MemoryStream(bytes), "some.onnx");

    private static byte[] Model(byte[] graph) => [0x08, 0x07, .. Field(7, graph)];

    private static byte[] Tensor(string name, byte type, long[] shape, byte[] data) =>
        [.. shape.SelectMany(size => new byte[] { 0x08 }.Concat(Varint((ulong)size))), 0x10, type, .. data, .. Field(8, System.Text.Encoding.UTF8.GetBytes(name))];

    private static byte[] Field(int number, ReadOnlySpan<byte> content) => [.. Varint(((ulong)number << 3) | 2), .. Varint((ulong)content.Length), .. content];

    private static byte[] Bytes(float[] values)
    {
        byte[] bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        }

        return bytes;
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
