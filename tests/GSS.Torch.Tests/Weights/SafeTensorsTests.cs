using System.Buffers.Binary;
using System.Text;
using CsCheck;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

[TestClass]
public sealed class SafeTensorsTests
{
    private static readonly ScalarType[] Types =
        [ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool];

    [TestMethod]
    public void Any_tensors_come_back_bit_by_bit()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Gen<(int, int[])> tensorKinds = Gen.Select(Gen.Int[0, Types.Length - 1], Gen.Int[0, 5].Array[0, 4]);
        Gen.Select(tensorKinds.Array[0, 6], Gen.String).Sample((kinds, note) =>
        {
            using DisposeScope inner = NewDisposeScope();
            var tensors = kinds.Select((kind, i) => ($"t{i}\"\u00e9.weight", randint(0, 2, [.. kind.Item2.Select(size => (long)size)], ScalarType.Int64).to_type(Types[kind.Item1]))).ToList();
            note = new([.. note.Where(c => !char.IsSurrogate(c))]);
            byte[] bytes = Bytes(tensors, new() { ["note"] = note });
            using SafeTensorsFile file = SafeTensorsFile.Open(new MemoryStream(bytes), "memory");
            return file.Metadata["note"] == note && file.Entries.Count == tensors.Count && tensors.All(expected =>
            {
                Tensor found = file.Read(expected.Item1);
                return found.dtype == expected.Item2.dtype && found.shape.SequenceEqual(expected.Item2.shape) && found.bytes.SequenceEqual(expected.Item2.bytes);
            });
        }, iter: 200, threads: 1);
    }

    [TestMethod]
    public void The_bytes_are_those_of_the_format()
    {
        using DisposeScope scope = TorchTest.NewScope();
        byte[] bytes = Bytes([("b", tensor(new float[] { 1, 2 })), ("a", tensor(new long[] { -1 }).reshape(1, 1))], new() { ["k"] = "v" });
        string header = """{"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"I64","shape":[1,1],"data_offsets":[8,16]}}""";
        Assert.AreEqual(header, Encoding.UTF8.GetString(bytes, 8, (int)BinaryPrimitives.ReadInt64LittleEndian(bytes)).TrimEnd());
        CollectionAssert.AreEqual(new byte[] { 0, 0, 128, 63, 0, 0, 0, 64, 255, 255, 255, 255, 255, 255, 255, 255 }, bytes[^16..]);
        Assert.AreEqual(0, bytes.Length % 8);
    }

    [TestMethod]
    public void Files_of_the_python_library_are_read()
    {
        using DisposeScope scope = TorchTest.NewScope();
        string path = SharedData.Require("reference", "golden", "n_losses.safetensors");
        var golden = new GoldenFile(path);
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        CollectionAssert.AreEquivalent(golden.Names.ToArray(), file.Entries.Keys.ToArray());
        CollectionAssert.AreEqual(golden.Floats("logits"), file.Read("logits").data<float>().ToArray());
        CollectionAssert.AreEqual(golden.Longs("target"), file.Read("target").data<long>().ToArray());
    }

    [TestMethod]
    public void Every_damage_is_one_kind_of_error()
    {
        using DisposeScope scope = TorchTest.NewScope();
        byte[] whole = Bytes([("first", ones(3, 2)), ("second", tensor(7L)), ("third", zeros(0, 4))], new() { ["k"] = "v" });
        int header = whole.Length - 32;
        Gen.Select(Gen.Int[0, header - 1], Gen.Byte, Gen.Int[0, header - 1], Gen.Byte, Gen.Int[0, 400]).Sample((place, value, secondPlace, secondValue, cut) =>
        {
            using DisposeScope inner = NewDisposeScope();
            byte[] damaged = [.. whole];
            (damaged[place], damaged[secondPlace]) = (value, secondValue);
            return IsReadOrRefused(cut < damaged.Length ? damaged[..^cut] : damaged);
        }, iter: 20_000, threads: 1);
    }

    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "places tensor 'a'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "places tensor 'a'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "1 bytes behind")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a hole before tensor 'a'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "an overlap before tensor")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "tensor 'a' twice")]
    [DataRow("""{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,4]}}""", 4, "of type 'F8'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}""", 4, "not the JSON")]
    [DataRow("""{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,4]}}""", 4, "not the JSON")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "not the JSON")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "not the JSON")]
    [DataRow("""{"__metadata__":3}""", 0, "not the JSON")]
    [DataRow("[1, 2]", 0, "not the JSON")]
    public void A_wrong_header_is_named(string header, int dataLength, string expected)
    {
        byte[] bytes = [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[dataLength]];
        string message = Assert.ThrowsExactly<WeightFileException>(() => SafeTensorsFile.Open(new MemoryStream(bytes), "some.safetensors")).Message;
        StringAssert.Contains(message, expected);
        StringAssert.StartsWith(message, "The weight file 'some.safetensors' ");
    }

    [TestMethod]
    public void A_missing_file_is_named()
    {
        string message = Assert.ThrowsExactly<WeightFileException>(() => SafeTensorsFile.Open("/nowhere/weights.safetensors")).Message;
        StringAssert.StartsWith(message, "The weight file '/nowhere/weights.safetensors' cannot be opened");
    }

    private static bool IsReadOrRefused(byte[] bytes)
    {
        try
        {
            using SafeTensorsFile file = SafeTensorsFile.Open(new MemoryStream(bytes), "memory");
            foreach (string name in file.Entries.Keys)
            {
                file.Read(name);
            }

            return true;
        }
        catch (WeightFileException)
        {
            return true;
        }
    }

    private static byte[] Bytes(List<(string, Tensor)> tensors, Dictionary<string, string> notes)
    {
        using var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream, tensors, notes);
        return stream.ToArray();
    }
}
