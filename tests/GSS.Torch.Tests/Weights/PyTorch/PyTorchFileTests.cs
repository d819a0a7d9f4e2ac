using System.IO.Compression;
using CsCheck;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Hand-made files: what is read, and what is refused.</summary>
[TestClass]
public sealed class PyTorchFileTests
{
    private static readonly float[] Ramp = [.. Enumerable.Range(0, 24).Select(i => (float)i)];

    [TestMethod]
    public void Any_view_is_gathered_into_its_own_order()
    {
        using DisposeScope scope = TorchTest.NewScope();
        Gen<(int Size, int Stride)> dimension = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 7]);
        Gen.Select(dimension.Array[0, 4], Gen.Int[0, 30], Gen.Bool).Sample((dimensions, offset, zip) =>
        {
            using DisposeScope inner = NewDisposeScope();
            long[] shape = [.. dimensions.Select(d => (long)d.Size)], strides = [.. dimensions.Select(d => (long)d.Stride)];
            byte[] pickle = PickleWriter.StateDict("view", w => w.Tensor("0", Ramp.Length, offset, shape, strides)).Bytes();
            byte[] bytes = zip ? PyTorchContainers.Zip(pickle, storages: ("0", Ramp)) : PyTorchContainers.Stream(pickle, ("0", Ramp));
            bool isEmpty = shape.Contains(0);
            long last = offset + dimensions.Sum(d => (d.Size - 1) * d.Stride), elements = shape.Aggregate(1L, (a, b) => a * b);
            if (!isEmpty && (last >= Ramp.Length || elements * sizeof(float) > bytes.Length))
            {
                return Refused(bytes).Contains("outside its storage of 24 elements", StringComparison.Ordinal);
            }

            using WeightFile file = WeightFile.Open(new MemoryStream(bytes), "view.pth");
            float[] expected = isEmpty ? [] : [.. Indices(shape).Select(index => Ramp[offset + index.Zip(strides, (i, s) => i * s).Sum()])];
            Tensor found = file.Read("view");
            return found.shape.SequenceEqual(shape) && found.is_contiguous() && expected.SequenceEqual(found.data<float>());
        }, iter: 1000, threads: 1);
    }

    [TestMethod]
    [DataRow(24, 1, new long[] { 4, 6 }, new long[] { 6, 1 }, DisplayName = "one element too far")]
    [DataRow(24, 0, new long[] { 4, 6 }, new long[] { -6, 1 }, DisplayName = "a negative stride")]
    [DataRow(24, -1, new long[] { 4 }, new long[] { 1 }, DisplayName = "a negative offset")]
    [DataRow(24, 0, new long[] { -4 }, new long[] { 1 }, DisplayName = "a negative size")]
    [DataRow(24, 0, new long[] { 1L << 40 }, new long[] { 0 }, DisplayName = "one element repeated without end")]
    [DataRow(24, 0, new long[] { 1L << 62, 1L << 62 }, new long[] { 0, 0 }, DisplayName = "a product that overflows")]
    [DataRow(24, 0, new long[] { 2, 2 }, new long[] { 1L << 62, 1L << 62 }, DisplayName = "an end that overflows")]
    [DataRow(24, long.MaxValue, new long[] { 2 }, new long[] { 1 }, DisplayName = "an offset that overflows")]
    [DataRow(24, 0, new long[] { 0, 1L << 62 }, new long[] { 1, 1 }, DisplayName = "an empty tensor of an impossible size")]
    public void Views_outside_their_storage_are_refused(int elements, long offset, long[] shape, long[] strides)
    {
        byte[] pickle = PickleWriter.StateDict("view", w => w.Tensor("0", elements, offset, shape, strides)).Bytes();
        StringAssert.Contains(Refused(PyTorchContainers.Zip(pickle, storages: ("0", Ramp))), "places tensor 'view' (F32 [");
        StringAssert.Contains(Refused(PyTorchContainers.Stream(pickle, ("0", Ramp))), "outside its storage of 24 elements");
    }

    [TestMethod]
    [DataRow(25L)]
    [DataRow(long.MaxValue)]
    public void A_storage_shorter_than_described_is_refused(long elements)
    {
        byte[] pickle = PickleWriter.StateDict("view", w => w.Tensor("0", elements, 0, [2], [1])).Bytes();
        StringAssert.Contains(Refused(PyTorchContainers.Zip(pickle, storages: ("0", Ramp))), $"has 24 elements of tensor 'view', where its storage '0' was to have {elements}");
        StringAssert.Contains(Refused(PyTorchContainers.Stream(pickle, ("0", Ramp))), $"where its storage '0' was to have {elements}");
        StringAssert.Contains(Refused(PyTorchContainers.Zip(pickle, storages: ("1", Ramp))), "lacks 'archive/data/0'");
    }

    [TestMethod]
    [DataRow("state_dict")]
    [DataRow("model")]
    [DataRow("module")]
    [DataRow("state_dict_ema")]
    public void State_dicts_are_found_inside_checkpoints(string key)
    {
        using DisposeScope scope = TorchTest.NewScope();
        PickleWriter writer = new PickleWriter().Op("}(").Text("meta").Op("}").Text("classes").Text("road").Op("s");
        writer.Text(key).Op("}").Text("a.weight").Tensor("0", 24, 0, [4, 6], [6, 1]).Op("s");
        writer.Text("optimizer").Op("}").Text("moment").Tensor("0", 24, 0, [24], [1]).Op("su.");
        using WeightFile file = WeightFile.Open(new MemoryStream(PyTorchContainers.Zip(writer.Bytes(), storages: ("0", Ramp))), "checkpoint.pth");
        CollectionAssert.AreEqual(new[] { "a.weight" }, file.Names.ToArray());
        CollectionAssert.AreEqual(Ramp, file.Read("a.weight").data<float>().ToArray());
    }

    [TestMethod]
    public void Modules_have_the_names_of_their_state_dict()
    {
        // A module of an unknown class, wrapped by DataParallel; one of its buffers is not part of the state.
        PickleWriter writer = new PickleWriter().Global("torch.nn.parallel.data_parallel", "DataParallel").Op(")\u0081}(").Text("training").Raw(0x89);
        writer.Text("_parameters").Op("}").Text("_buffers").Op("}").Text("_modules").Op("}").Text("module");
        writer.Global("my.own", "Network").Op(")\u0081}(").Text("device").Global("torch", "device").Text("cuda:0").Op("\u0085R");
        writer.Text("_parameters").Op("}(").Text("w").Global("torch._utils", "_rebuild_parameter").Op("(").Tensor("0", 24, 0, [24], [1]).Op("\u0088}tR").Text("bias").Op("Nu");
        writer.Text("_buffers").Op("}(").Text("mean").Tensor("0", 24, 4, [], []).Text("scratch").Tensor("0", 24, 5, [], []).Op("u");
        writer.Text("_non_persistent_buffers_set").Global("__builtin__", "set").Op("]").Text("scratch").Op("a\u0085R");
        writer.Text("_modules").Op("}ubsub.");
        using DisposeScope scope = TorchTest.NewScope();
        using WeightFile file = WeightFile.Open(new MemoryStream(PyTorchContainers.Zip(writer.Bytes(), storages: ("0", Ramp))), "module.pkl");
        CollectionAssert.AreEqual(new[] { "module.w", "module.mean" }, file.Names.ToArray());
        Assert.AreEqual(4f, file.Read("module.mean").item<float>());
    }

    [TestMethod]
    public void Dictionaries_of_python_2_are_lists_of_pairs()
    {
        using DisposeScope scope = TorchTest.NewScope();
        // OrderedDict([['a', tensor]]), its strings as Python 2 wrote them.
        PickleWriter writer = new PickleWriter().Global("collections", "OrderedDict").Op("](](").Op("U").Raw(1).Op("a").Tensor("0", 24, 3, [2], [1]).Op("ee\x85R.");
        using WeightFile file = WeightFile.Open(new MemoryStream(PyTorchContainers.Stream(writer.Bytes(), ("0", Ramp))), "old.pth");
        CollectionAssert.AreEqual(new[] { 3f, 4f }, file.Read("a").data<float>().ToArray());
    }

    [TestMethod]
    public void Views_of_storages_in_the_older_stream_count_from_their_own_start()
    {
        using DisposeScope scope = TorchTest.NewScope();
        PickleWriter writer = PickleWriter.StateDict("a", w => w.Global("torch._utils", "_rebuild_tensor").Op("((").Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu")
            .Number(24).Op("(").Text("view").Number(10).Number(5).Op("ttQ").Number(1).Numbers(3).Numbers(1).Op("tR"));
        using WeightFile file = WeightFile.Open(new MemoryStream(PyTorchContainers.Stream(writer.Bytes(), ("0", Ramp))), "old.pth");
        CollectionAssert.AreEqual(new[] { 11f, 12f, 13f }, file.Read("a").data<float>().ToArray());
    }

    [TestMethod]
    public void Many_small_tensors_are_no_bomb()
    {
        // A narrow network with its optimizer's state: the description is larger than the weights.
        PickleWriter writer = new PickleWriter().Op("}(");
        for (int i = 0; i < 5000; i++)
        {
            writer.Text($"stage4.2.branches.3.{i}.bn2.running_mean").Tensor("0", 24, i % 20, [4], [1]).Raw(0x94);
        }

        using WeightFile file = WeightFile.Open(new MemoryStream(PyTorchContainers.Stream(writer.Op("u.").Bytes(), ("0", Ramp))), "narrow.pth");
        Assert.HasCount(5000, file.Names);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("any/folder/")]
    public void Any_folder_inside_the_zip_will_do(string prefix)
    {
        byte[] pickle = PickleWriter.StateDict("a", w => w.Tensor("0", 24, 0, [2], [1])).Bytes();
        using WeightFile file = WeightFile.Open(new MemoryStream(PyTorchContainers.Zip(pickle, prefix, byteOrder: "little", storages: ("0", Ramp))), "weights.pth");
        Assert.HasCount(1, file.Names);
    }

    [TestMethod]
    public void Big_endian_files_are_refused()
    {
        byte[] pickle = PickleWriter.StateDict("a", w => w.Tensor("0", 24, 0, [2], [1])).Bytes();
        StringAssert.Contains(Refused(PyTorchContainers.Zip(pickle, byteOrder: "big", storages: ("0", Ramp))), "big-endian");
        StringAssert.Contains(Refused(PyTorchContainers.BigEndianStream(pickle)), "big-endian");
    }

    [TestMethod]
    public void Compressed_entries_are_refused()
    {
        byte[] bomb = PyTorchContainers.Zip(new byte[20_000_000], compression: CompressionLevel.SmallestSize);
        Assert.IsLessThan(100_000, bomb.Length);
        StringAssert.Contains(Refused(bomb), "'archive/data.pkl' is compressed");
    }

    [TestMethod]
    public void A_changed_weight_is_found_by_its_checksum()
    {
        using DisposeScope scope = TorchTest.NewScope();
        byte[] pickle = PickleWriter.StateDict("a", w => w.Tensor("0", 24, 0, [24], [1])).Bytes();
        byte[] bytes = PyTorchContainers.Zip(pickle, storages: ("0", Ramp));
        bytes[bytes.AsSpan().IndexOf(BitConverter.GetBytes(Ramp[23])) + 2] ^= 1;
        using WeightFile file = WeightFile.Open(new MemoryStream(bytes), "weights.pth");
        string message = Assert.ThrowsExactly<WeightFileException>(() => file.Read("a")).Message;
        StringAssert.Contains(message, "tensor 'a' that differ from its checksum");

        // One letter of the tensor's name, in the description.
        bytes[bytes.AsSpan().IndexOf(pickle) + 8] ^= 1;
        StringAssert.Contains(Refused(bytes), "has a description that differs from its checksum");
    }

    [TestMethod]
    [DataRow("<!DOCTYPE html>", "has 15 bytes and begins with '<!DOCTYPE html>', which is neither safetensors nor PyTorch")]
    [DataRow("", "has 0 bytes and begins with ''")]
    [DataRow("\u0080\u0002K\u0001.", "is a Python pickle that torch.save did not write")]
    [DataRow("PK\u0003\u0004 and nothing more", "has no table of contents at its end")]
    public void Other_files_are_told_apart(string content, string expected)
        => StringAssert.Contains(Refused([.. content.Select(c => (byte)c)]), expected);

    [TestMethod]
    public void Another_zip_archive_is_named_as_such()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.CreateEntry("readme.txt");
        }

        StringAssert.Contains(Refused(bytes.ToArray()), "is a zip archive without the data.pkl of a PyTorch file");
    }

    /// <summary>The message with which a file is refused.</summary>
    internal static string Refused(byte[] bytes)
    {
        string message = Assert.ThrowsExactly<WeightFileException>(() => WeightFile.Open(new MemoryStream(bytes), "some.pth").Dispose()).Message;
        StringAssert.StartsWith(message, "The weight file 'some.pth' ");
        StringAssert.EndsWith(message, ".");
        return message;
    }

    private static IEnumerable<long[]> Indices(long[] shape)
    {
        long count = shape.Aggregate(1L, (a, b) => a * b);
        for (long i = 0; i < count; i++)
        {
            long[] index = new long[shape.Length];
            long rest = i;
            for (int d = shape.Length - 1; d >= 0; d--)
            {
                (rest, index[d]) = Math.DivRem(rest, shape[d]);
            }

            yield return index;
        }
    }
}
