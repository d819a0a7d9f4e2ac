using System.IO.Compression;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Models in files.</summary>
[TestClass]
public sealed class SavedModelTests
{
    private static readonly Lazy<byte[]> s_zip = new(() =>
    {
        using var stream = new MemoryStream();
        TinyScenes.Context.Model.Save(TinyScenes.Model, TinyScenes.Data.Schema, stream);
        return stream.ToArray();
    });

    private string _folder = "";

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("gss-saved-").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void A_fresh_process_gives_the_same_masks_without_registration_and_without_libtorch()
    {
        string path = Write("street.zip", s_zip.Value);
        string[] lines = ScoringProcess.Run(path, TinyScenes.Images).Split('\n');
        string[] expected = [.. TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(TinyScenes.Data), "PredictedLabel").Select(ScoringProcess.Line)];
        CollectionAssert.AreEqual(expected, lines[..expected.Length], string.Join('\n', lines.Take(30)));
        if (OperatingSystem.IsLinux())
        {
            Assert.IsTrue(lines.Any(line => line.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase)), "The list of mapped files is not what it should be.");
            Assert.IsFalse(lines.Any(line => line.Contains("torch", StringComparison.OrdinalIgnoreCase) && !line.Contains(".dll")), string.Join('\n', lines.Where(line => line.Contains("torch"))));
        }
    }

    [TestMethod]
    public void Save_and_load_of_the_catalog_give_model_and_schema_back()
    {
        string path = Path.Combine(_folder, "new", "street.zip");
        TinyScenes.Segmentation.Save(TinyScenes.Model, TinyScenes.Data.Schema, path);
        ITransformer loaded = new MLContext().Segmentation().Load(path, out DataViewSchema? schema);

        // ML.NET keeps only columns of its own plain types in a saved schema.
        Assert.IsNotNull(schema?.GetColumnOrNull("ImagePath"));
        CollectionAssert.AreEqual(
            TinyScenes.Column<LabelMap>(TinyScenes.Model.Transform(TinyScenes.Data), "PredictedLabel"),
            TinyScenes.Column<LabelMap>(loaded.Transform(TinyScenes.Data), "PredictedLabel"));
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(Path.GetDirectoryName(path)!));

        // All columns are there, with what they know and what they hold.
        IDataView before = TinyScenes.Model.Transform(TinyScenes.Data), after = loaded.Transform(TinyScenes.Data);
        CollectionAssert.AreEqual(before.Schema.Select(column => $"{column.Name} {column.Type}").ToArray(), after.Schema.Select(column => $"{column.Name} {column.Type}").ToArray());
        Assert.AreEqual(TinyScenes.Classes, ColumnAnnotations.RequireClasses(after.Schema["PredictedLabel"]));
        CollectionAssert.AreEqual(
            TinyScenes.Column<VBuffer<float>>(before, "Confidence").SelectMany(values => values.DenseValues()).ToArray(),
            TinyScenes.Column<VBuffer<float>>(after, "Confidence").SelectMany(values => values.DenseValues()).ToArray());
    }

    [TestMethod]
    public void The_package_serves_without_ML_NET()
    {
        string path = Path.Combine(_folder, "street.gss");
        TinyScenes.Model.Package.Save(path);
        using SegmentationModel model = SegmentationModel.Load(path);
        RgbImage image = TinyScenes.Draw(5).Image;
        Assert.AreEqual(TinyScenes.Model.Model.Predict(image).Labels, model.Predict(image).Labels);
    }

    [TestMethod]
    [DataRow(0.3)]
    [DataRow(0.5)]
    [DataRow(0.7)]
    public void One_flipped_bit_is_one_sentence(double place)
    {
        byte[] zip = [.. s_zip.Value];
        zip[(int)(place * zip.Length)] ^= 4;
        string path = Write("flipped.zip", zip);
        SegmentationModelException error = Refused(path);
        StringAssert.Contains(error.Message, "damaged");

        // ML.NET's own Load lets our message through.
        Exception own = Assert.Throws<Exception>(() => new MLContext().Model.Load(path, out _));
        StringAssert.Contains(own.ToString(), "damaged");
    }

    [TestMethod]
    public void Half_a_zip_is_one_sentence() => Refused(Write("half.zip", s_zip.Value[..(s_zip.Value.Length / 2)]));

    [TestMethod]
    public void Every_beginning_of_a_zip_is_refused()
    {
        for (int part = 0; part < 8; part++)
        {
            Refused(Write("part.zip", s_zip.Value[..(s_zip.Value.Length * part / 8)]));
        }
    }

    [TestMethod]
    public void A_foreign_zip_is_one_sentence()
    {
        string path = Path.Combine(_folder, "foreign.zip");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using StreamWriter writer = new(zip.CreateEntry("readme.txt").Open());
            writer.Write("hello");
        }

        StringAssert.Contains(Refused(path).Message, "no ML.NET model");
    }

    [TestMethod]
    public void A_missing_file_is_one_sentence() => StringAssert.Contains(Refused(Path.Combine(_folder, "nothing.zip")).Message, "does not exist");

    [TestMethod]
    public void A_folder_that_cannot_be_written_is_one_sentence_and_leaves_nothing()
    {
        // A file stands where the folder should be: also for the super-user, whom permissions do not stop.
        string inTheWay = Write("file", [1]);
        string path = Path.Combine(inTheWay, "street.zip");
        var error = Assert.Throws<SegmentationModelException>(() => TinyScenes.Segmentation.Save(TinyScenes.Model, TinyScenes.Data.Schema, path));
        StringAssert.Contains(error.Message, path);
        StringAssert.Contains(error.Message, "choose a folder");
        CollectionAssert.AreEqual(new[] { inTheWay }, Directory.GetFileSystemEntries(_folder));
    }

    private static SegmentationModelException Refused(string path)
    {
        var error = Assert.Throws<SegmentationModelException>(() => new MLContext().Segmentation().Load(path, out _));
        StringAssert.StartsWith(error.Message, $"The model '{path}'");
        StringAssert.EndsWith(error.Message, ".");
        Assert.IsFalse(error.Message.Contains('\n'));
        return error;
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
