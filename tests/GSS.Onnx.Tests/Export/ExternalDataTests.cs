using System.Security.Cryptography;
using Google.Protobuf;
using GSS.Core;
using GSS.Core.OnnxSchema;
using GSS.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Tests;

[TestClass]
public sealed class ExternalDataTests
{
    private static readonly RgbImage[] Images = [TestModel.RandomImage(57, 31, 0), TestModel.RandomImage(16, 8, 1)];

    private static readonly OnnxExportOptions Options = new() { ExternalData = true };

    private static SegmentationModelPackage Package { get; } = TestModel.Package(decoder: TestModel.MakeDecoder(unused: 500));

    private static string[] Files(TemporaryFolder folder) => [.. Directory.GetFileSystemEntries(folder.FullName).Select(file => Path.GetFileName(file)!).Order()];

    [TestMethod]
    [DataRow(OnnxWeightStorage.Float32)]
    [DataRow(OnnxWeightStorage.Float16)]
    public void Bare_ONNX_Runtime_finds_the_weights_beside_the_model(OnnxWeightStorage storage)
    {
        using var alone = new ExportedFile(Package, new() { Weights = storage }, Images);
        using var pair = new ExportedFile(Package, Options with { Weights = storage }, Images);
        foreach (RgbImage image in Images)
        {
            Assert.AreEqual(TestModel.Labels(image), pair.Labels(image)[0]);
            CollectionAssert.AreEqual(alone.Labels(image), pair.Labels(image));
        }

        Assert.AreEqual((1.0, null), (pair.Result.EqualShare, alone.Result.WeightsPath));
        Assert.AreEqual(pair.Bytes + new FileInfo(pair.Result.WeightsPath!).Length, pair.Result.Bytes);
        Assert.IsLessThan(alone.Bytes, pair.Bytes);
        Assert.Contains($"model.onnx and {Path.GetFileName(pair.Result.WeightsPath)}, ", pair.Result.ToString());
    }

    [TestMethod]
    public void Every_constant_of_a_page_or_a_part_begins_at_a_page_and_comes_back_bit_by_bit()
    {
        byte[][] all = [.. new[] { 1024, 1023, 5000, 4096, 3000 }.Select((length, i) => Enumerable.Repeat((byte)(i + 1), length).ToArray())];
        var model = new ModelProto { Graph = new() };
        model.Graph.Initializer.Add(all.Select(bytes => new TensorProto { RawData = ByteString.CopyFrom(bytes) }));
        using var stream = new MemoryStream();
        byte[] hash = ExternalData.Write(model, stream);
        ExternalData.Name(model, "weights");

        byte[] written = stream.ToArray();
        CollectionAssert.AreEqual(SHA256.HashData(written), hash);
        Assert.AreEqual(1023, ExternalData.Count(model), "what is small stays where it is");
        long[] offsets = [0, 0, 4096, 12288, 16384];
        for (int i = 0; i < all.Length; i++)
        {
            TensorProto constant = model.Graph.Initializer[i];
            if (i == 1)
            {
                CollectionAssert.AreEqual(all[i], constant.RawData.ToByteArray());
                Assert.IsEmpty(constant.ExternalData);
                continue;
            }

            string[] expected = ["location: weights", $"offset: {offsets[i]}", $"length: {all[i].Length}"];
            CollectionAssert.AreEqual(expected, constant.ExternalData.Select(entry => $"{entry.Key}: {entry.Value}").ToArray());
            CollectionAssert.AreEqual(all[i], written.AsSpan((int)offsets[i], all[i].Length).ToArray());
        }
    }

    [TestMethod]
    public void A_model_past_the_size_of_one_file_has_two_without_being_asked()
    {
        using var folder = new TemporaryFolder();
        using SegmentationModel model = new(Package);
        long weights = ExternalData.Count(FusedGraph.ToModel(Package, new(), null));
        Assert.IsNull(model.Export(folder.File("small.onnx"), null, Images, weights).WeightsPath);
        OnnxExportResult large = model.Export(folder.File("large.onnx"), null, Images, weights - 1);
        Assert.AreEqual(1.0, large.EqualShare);
        Assert.IsTrue(File.Exists(large.WeightsPath));
        Assert.HasCount(3, Files(folder));
    }

    [TestMethod]
    public void An_export_takes_the_place_of_the_last_with_its_weights_and_touches_no_other_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("street.onnx");
        string[] others = ["street.onnx.data", "street.onnx.notes.data", "other.street.onnx.01234567.data", "street.onnx2.01234567.data"];
        foreach (string other in others)
        {
            File.WriteAllText(folder.File(other), other);
        }

        using SegmentationModel model = new(Package);
        string first = model.ExportToOnnx(path, Options).WeightsPath!;
        Assert.AreEqual(first, model.ExportToOnnx(path, Options).WeightsPath);
        string second = model.ExportToOnnx(path, Options with { Weights = OnnxWeightStorage.Float16 }, Images).WeightsPath!;
        Assert.AreNotEqual(first, second);
        CollectionAssert.AreEqual(others.Append("street.onnx").Append(Path.GetFileName(second)).Order().ToArray(), Files(folder));
        using (var session = new InferenceSession(path))
        {
            Assert.HasCount(1, session.InputNames);
        }

        model.ExportToOnnx(path);
        CollectionAssert.AreEqual(others.Append("street.onnx").Order().ToArray(), Files(folder));
        Assert.IsTrue(others.All(other => File.ReadAllText(folder.File(other)) == other));
    }

    [TestMethod]
    public void A_model_that_was_given_another_name_keeps_its_weights()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("street.onnx"), kept = folder.File("kept.onnx");
        using var model = new SegmentationModel(Package);
        string weights = model.ExportToOnnx(path, Options).WeightsPath!;
        File.Move(path, kept);
        model.ExportToOnnx(path, Options with { Weights = OnnxWeightStorage.Float16 });
        model.ExportToOnnx(path);
        Assert.IsTrue(File.Exists(weights));
        using var session = new InferenceSession(kept);

        // Nor does a file that is no model keep an export from taking its place.
        File.WriteAllText(path, "no model");
        Assert.IsNotNull(model.ExportToOnnx(path, Options).WeightsPath);
    }

    [TestMethod]
    public void An_export_that_fails_leaves_the_last_one_that_works()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("street.onnx");
        using SegmentationModel model = new(Package);
        model.ExportToOnnx(path, Options);
        string[] before = Files(folder);
        Assert.ThrowsExactly<InvalidOperationException>(() => model.ExportToOnnx(path, Options with { Weights = OnnxWeightStorage.Float16 }, Faulty()));
        CollectionAssert.AreEqual(before, Files(folder));
        using var session = new InferenceSession(path);

        static IEnumerable<RgbImage> Faulty()
        {
            yield return Images[0];
            throw new InvalidOperationException("the second photograph cannot be read");
        }
    }

    [TestMethod]
    public void A_path_through_a_file_is_one_sentence_that_names_it()
    {
        using var folder = new TemporaryFolder();
        using SegmentationModel model = new(Package);
        File.WriteAllText(folder.File("street"), "no folder");
        string path = Path.Combine(folder.File("street"), "model.onnx");
        string fault = Assert.ThrowsExactly<SegmentationModelException>(() => model.ExportToOnnx(path, Options)).Message;
        Assert.StartsWith($"The ONNX file '{path}' could not be written", fault);
        Assert.DoesNotContain('\n', fault);

        // A folder of that name: both files are there, and cannot be moved.
        Directory.CreateDirectory(folder.File("taken.onnx"));
        fault = Assert.ThrowsExactly<SegmentationModelException>(() => model.ExportToOnnx(folder.File("taken.onnx"), Options)).Message;
        Assert.Contains("taken.onnx' could not be written", fault);
        Assert.IsEmpty(Directory.GetDirectories(folder.FullName, "*.tmp"));
    }
}
