using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

[TestClass]
public sealed class ExportFaultTests
{
    [TestMethod]
    public void All_faults_of_the_options_are_listed_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        using SegmentationModel model = TestModel.Open();
        var options = new OnnxExportOptions
        {
            ImageType = (OnnxImageType)7,
            Layout = (OnnxImageLayout)7,
            ChannelOrder = (OnnxChannelOrder)7,
            BatchSize = 0,
            Width = -1,
            Outputs = (SegmentationOutputs)64,
            Weights = (OnnxWeightStorage)7,
        };
        string fault = Assert.ThrowsExactly<ArgumentException>(() => model.ExportToOnnx(folder.File("model.onnx"), options)).Message;
        foreach (string name in new[] { "ImageType is 7", "Layout is 7", "ChannelOrder is 7", "BatchSize is 0", "Width is -1", "Height is null", "Outputs is 64", "Weights is 7" })
        {
            Assert.Contains(name, fault);
        }

        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.FullName));
        Assert.ThrowsExactly<ArgumentException>(() => model.ExportToOnnx(" "));
    }

    [TestMethod]
    public void A_file_that_is_there_stays_as_it_was_where_the_export_fails()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.onnx");
        File.WriteAllText(path, "old");
        using var model = new SegmentationModel(TestModel.PerPixelPackage());
        Assert.ThrowsExactly<NotSupportedException>(() => model.ExportToOnnx(path, new() { Scores = true }));
        Assert.AreEqual("old", File.ReadAllText(path));
        model.ExportToOnnx(path);
        Assert.AreNotEqual("old", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.FullName));
    }

    [TestMethod]
    public void A_path_through_a_file_is_one_sentence()
    {
        using var folder = new TemporaryFolder();
        using SegmentationModel model = TestModel.Open();
        File.WriteAllText(folder.File("street"), "no folder");
        string path = Path.Combine(folder.File("street"), "model.onnx");
        string fault = Assert.ThrowsExactly<SegmentationModelException>(() => model.ExportToOnnx(path)).Message;
        Assert.Contains(path, fault);
        Assert.DoesNotContain('\n', fault);
    }

    [TestMethod]
    public void A_disposed_model_exports_nothing()
    {
        SegmentationModel model = TestModel.Open();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.ExportToOnnx("never.onnx"));
    }

    [TestMethod]
    public void Threads_may_export_at_the_same_time_and_write_the_same_bytes()
    {
        SegmentationModelPackage package = TestModel.Package();
        using var model = new SegmentationModel(package);
        using var folder = new TemporaryFolder();
        Parallel.For(0, 4, i => model.ExportToOnnx(folder.File($"{i}.onnx"), images: [TestModel.RandomImage(9, 9, i)]));
        byte[][] files = [.. Enumerable.Range(0, 4).Select(i => File.ReadAllBytes(folder.File($"{i}.onnx")))];
        Assert.IsTrue(files.All(file => file.AsSpan().SequenceEqual(files[0])));
    }

    [TestMethod]
    public void The_result_reads_as_one_line()
    {
        using var folder = new TemporaryFolder();
        using SegmentationModel model = TestModel.Open();
        string path = folder.File("model.onnx");
        Assert.EndsWith("not compared with our own scoring: give images", model.ExportToOnnx(path).ToString());
        string compared = model.ExportToOnnx(path, new() { Outputs = SegmentationOutputs.Confidence }, [TestModel.RandomImage(10, 10, 1)]).ToString();
        Assert.Contains("100.0000 % of 100 pixels of 1 images as in our own scoring, confidence differs by", compared);
        Assert.StartsWith(path, compared);
    }
}
