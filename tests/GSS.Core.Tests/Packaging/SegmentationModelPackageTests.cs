namespace GSS.Core.Tests;

[TestClass]
public class SegmentationModelPackageTests
{
    private static readonly SegmentationClasses Classes = new("street", ["sky", "road \"x\"", "Fußgänger"], [new(1, 2, 3), new(4, 5, 6), new(255, 0, 128)]);

    internal static SegmentationModelManifest Manifest { get; } = new()
    {
        Variant = "FF",
        Classes = Classes,
        Palette = MaskigePalette.MaximalDistance(3),
        Tokenizer = "compact",
        Stride = 4,
        VocabularySize = 512,
        TokenDecoding = "Agreement",
        Encoder = "ResNet-18",
        ShortSide = 360,
        Mean = [1.5f, 2.25f, 0.1f],
        StandardDeviation = [1, 2, 3.3f],
    };

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void WriteThenRead_GivesEverythingBack(bool withEncoder)
    {
        SegmentationModelPackage written = Package(withEncoder);
        using var stream = new MemoryStream();
        written.Write(stream);
        stream.Position = 0;
        SegmentationModelPackage read = SegmentationModelPackage.Read(stream, "memory");
        CollectionAssert.AreEqual(written.Prior, read.Prior);
        CollectionAssert.AreEqual(written.Decoder, read.Decoder);
        CollectionAssert.AreEqual(written.Encoder, read.Encoder);
        CollectionAssert.AreEqual(written.PartHashes.ToArray(), read.PartHashes.ToArray());
        SegmentationModelManifest found = read.Manifest;
        Assert.AreEqual((2, SegmentationMethod.Generative), (found.FormatVersion, found.Method));
        Assert.IsNull(read.Segmenter);
        Assert.AreEqual(Manifest.LibraryVersion, found.LibraryVersion);
        Assert.AreEqual(("FF", "compact", 4, 512, "Agreement", "ResNet-18", (int?)360), (found.Variant, found.Tokenizer, found.Stride, found.VocabularySize, found.TokenDecoding, found.Encoder, found.ShortSide));
        Assert.AreEqual(Manifest.Palette, found.Palette);
        Assert.AreEqual(Classes, found.Classes);
        CollectionAssert.AreEqual(Manifest.Mean.ToArray(), found.Mean.ToArray());
        CollectionAssert.AreEqual(Manifest.StandardDeviation.ToArray(), found.StandardDeviation.ToArray());
    }

    [TestMethod]
    public void A_per_pixel_model_is_a_manifest_and_one_part()
    {
        var manifest = new SegmentationModelManifest { Method = SegmentationMethod.PerPixel, Variant = "light", Classes = Classes, Encoder = "ResNet-18", ShortSide = 96 };
        byte[] bytes = Bytes(new SegmentationModelPackage(manifest, [5, 6]));
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(bytes));
        CollectionAssert.AreEqual(new[] { "manifest.json", "segmenter.onnx" }, zip.Entries.Select(e => e.FullName).ToArray());
        SegmentationModelPackage read = SegmentationModelPackage.Read(new MemoryStream(bytes), "memory");
        CollectionAssert.AreEqual(new byte[] { 5, 6 }, read.Segmenter);
        Assert.IsTrue(read.Prior is null && read.Decoder is null && read.Encoder is null);
        SegmentationModelManifest found = read.Manifest;
        Assert.AreEqual((2, SegmentationMethod.PerPixel, "light", "ResNet-18", (int?)96), (found.FormatVersion, found.Method, found.Variant, found.Encoder, found.ShortSide));
        Assert.AreEqual(Classes, found.Classes);
        Assert.IsTrue(found is { Palette: null, Tokenizer: null, Stride: 0, VocabularySize: 0, TokenDecoding: null });
        CollectionAssert.AreEqual(bytes, Bytes(read));
    }

    [TestMethod]
    public void A_manifest_beside_the_parts_of_another_method_is_refused()
    {
        var perPixel = new SegmentationModelManifest { Method = SegmentationMethod.PerPixel, Variant = "light", Classes = Classes, Encoder = "e" };
        Assert.StartsWith("The manifest of a model package has the method PerPixel beside the parts of a Generative model", Assert.ThrowsExactly<ArgumentException>(() => new SegmentationModelPackage(perPixel, [1], [2])).Message);
        Assert.StartsWith("The manifest of a model package has the method Generative beside the parts of a PerPixel model", Assert.ThrowsExactly<ArgumentException>(() => new SegmentationModelPackage(Manifest, [1])).Message);
        var old = new SegmentationModelManifest { FormatVersion = 1, Method = SegmentationMethod.PerPixel, Variant = "light", Classes = Classes, Encoder = "e", Stride = 4 };
        Assert.StartsWith(
            "The manifest of a model package has format version 1 with the method PerPixel, expected 2 or more; a palette, tokenizer, stride or vocabulary, expected none of them in a per-pixel model.",
            Assert.ThrowsExactly<ArgumentException>(() => new SegmentationModelPackage(old, [1])).Message);
    }

    [TestMethod]
    public void Write_GivesTheSameBytesEachTime() => CollectionAssert.AreEqual(Bytes(Package(true)), Bytes(Package(true)));

    [TestMethod]
    public void Write_MakesAZipThatOthersRead()
    {
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(Bytes(Package(true))));
        CollectionAssert.AreEqual(new[] { "manifest.json", "prior.onnx", "decoder.onnx", "encoder.onnx" }, zip.Entries.Select(e => e.FullName).ToArray());
        using var json = System.Text.Json.JsonDocument.Parse(zip.Entries[0].Open());
        // SHA-256 of the bytes 1 2 3, from an independent tool.
        Assert.AreEqual("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81", json.RootElement.GetProperty("sha256").GetProperty("prior.onnx").GetString());
    }

    [TestMethod]
    public void Constructor_ListsAllFaults()
    {
        var manifest = new SegmentationModelManifest
        {
            Variant = "",
            Classes = Classes,
            Palette = MaskigePalette.MaximalDistance(4),
            Tokenizer = "compact",
            Stride = 0,
            VocabularySize = 1,
            Encoder = "e",
            ShortSide = 0,
            Mean = [1],
            StandardDeviation = [1, 0, 1],
        };
        var e = Assert.ThrowsExactly<ArgumentException>(() => new SegmentationModelPackage(manifest, [1], [1]));
        Assert.StartsWith(
            "The manifest of a model package has no variant; 3 classes and 4 palette colours, expected as many of both; stride 0, expected 1 or more; "
            + "a vocabulary of 1, expected 2 or more; a short side of 0, expected 1 or more; a mean that is not three numbers; a standard deviation that is not three numbers above 0.",
            e.Message);
        Assert.ThrowsExactly<ArgumentException>(() => new SegmentationModelPackage(Manifest, [], [1]));
    }

    internal static SegmentationModelPackage Package(bool withEncoder = false) => new(Manifest, [1, 2, 3], [4, 5, 6, 7], withEncoder ? [8, 9] : null);

    internal static byte[] Bytes(SegmentationModelPackage package)
    {
        using var stream = new MemoryStream();
        package.Write(stream);
        return stream.ToArray();
    }
}
