using System.IO.Compression;
using System.Text;

namespace GSS.Core.Tests;

[TestClass]
public class SegmentationModelDamageTests
{
    private static readonly byte[] Whole = SegmentationModelPackageTests.Bytes(SegmentationModelPackageTests.Package(withEncoder: true));

    [TestMethod]
    public void Read_RefusesAFlippedBitAnywhere()
    {
        byte[] bytes = [.. Whole];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= (byte)(1 << (i % 8));
            var e = Assert.ThrowsExactly<SegmentationModelException>(() => Read(bytes), $"byte {i}");
            Assert.StartsWith("'street.gss' is ", e.Message);
            bytes[i] = Whole[i];
        }

        Read(bytes);
    }

    [TestMethod]
    public void Read_RefusesAFileCutOffAnywhere()
    {
        for (int length = 0; length < Whole.Length; length++)
        {
            Assert.ThrowsExactly<SegmentationModelException>(() => Read(Whole[..length]), $"{length} bytes");
        }
    }

    [TestMethod]
    public void Read_RefusesBytesBehindTheEnd() => Assert.ThrowsExactly<SegmentationModelException>(() => Read([.. Whole, 0]));

    [TestMethod]
    public void Read_SaysWhatIsWrong()
    {
        int half = Whole.Length / 2;
        AssertMessage([], "'street.gss' is empty, expected a whole model package: give the file just as SegmentationModelPackage.Save wrote it.");
        AssertMessage("just text"u8.ToArray(), "'street.gss' is not a zip file, expected a whole model package: give the file just as SegmentationModelPackage.Save wrote it.");
        AssertMessage(Whole[..half], $"'street.gss' is cut off after {half} bytes, expected a whole model package: give the file just as SegmentationModelPackage.Save wrote it.");
        AssertMessage(
            Zip("", ("readme.txt", [1], CompressionLevel.NoCompression)),
            "'street.gss' is a zip file without the checksum that a model package ends in, expected a whole model package: give the file just as SegmentationModelPackage.Save wrote it.");
        byte[] flipped = [.. Whole];
        flipped[half] ^= 1;
        AssertMessage(flipped, $"'street.gss' is a damaged model package (its SHA-256 does not fit its {Whole.Length} bytes): copy or save the file again.");
    }

    [TestMethod]
    public void Read_RefusesANewerFormatBeforeAnythingElse() => AssertMessage(
        Sealed(("manifest.json", """{ "formatVersion": 3, "somethingNew": true }"""u8.ToArray()), ("weights.bin", [1])),
        "'street.gss' is a model package of format 3, this version of GSS.ML reads up to format 2: update GSS.ML.");

    [TestMethod]
    public void Read_RefusesPartsThatDoNotFit()
    {
        byte[] manifest = Manifest();
        AssertUnusable("the part 'manifest.json' is missing", Sealed(("prior.onnx", [1, 2, 3])));
        AssertUnusable("the part 'decoder.onnx' is missing", Sealed(("manifest.json", manifest), ("prior.onnx", [1, 2, 3])));
        AssertUnusable("'prior.onnx' is not the one whose SHA-256 the manifest gives", Sealed(("manifest.json", manifest), ("prior.onnx", [1, 2, 9]), ("decoder.onnx", [4, 5, 6, 7])));
        AssertUnusable("'encoder.onnx' is not the one whose SHA-256 the manifest gives",
            Sealed(("manifest.json", manifest), ("prior.onnx", [1, 2, 3]), ("decoder.onnx", [4, 5, 6, 7]), ("encoder.onnx", [8])));
        AssertUnusable("the part 'prior.onnx' is there twice", Sealed(("manifest.json", manifest), ("prior.onnx", [1, 2, 3]), ("prior.onnx", [1, 2, 3])));
    }

    [TestMethod]
    public void Read_RefusesCompressedParts() => AssertUnusable(
        "the part 'prior.onnx' is compressed", Seal(Zip(Comment, ("manifest.json", Manifest(), CompressionLevel.NoCompression), ("prior.onnx", new byte[1 << 20], CompressionLevel.Optimal))));

    [TestMethod]
    [DataRow("\"stride\": 4", "\"stride\": 0", "The manifest of a model package has stride 0, expected 1 or more")]
    [DataRow("\"stride\": 4", "\"stride\": \"4\"", "'stride' is String, expected Number")]
    [DataRow("\"stride\": 4", "\"stride\": 4.5", "'stride' is not a whole number")]
    [DataRow("\"variant\": \"FF\",", "", "'variant' is missing")]
    [DataRow("\"formatVersion\": 2", "\"formatVersion\": 0", "The manifest of a model package has format version 0, expected 1 to 2")]
    [DataRow("\"method\": \"generative\"", "\"method\": \"by hand\"", "'by hand' in 'method' is neither generative nor per-pixel")]
    [DataRow("\"method\": \"generative\"", "\"method\": \"per-pixel\"", "the part 'segmenter.onnx' is missing")]
    [DataRow("#000000", "black", "'black' in 'palette' is not a colour of the form #rrggbb")]
    [DataRow("{", "", "'F' is an invalid")]
    public void Read_RefusesAManifestThatMakesNoSense(string text, string replacement, string reason)
    {
        var package = new SegmentationModelPackage(
            new() { Variant = "FF", Classes = new("two", ["a", "b"], [new(1, 1, 1), new(2, 2, 2)]), Palette = MaskigePalette.FromColors([new(0, 0, 0), new(9, 9, 9)]), Tokenizer = "t", Stride = 4, VocabularySize = 8, Encoder = "e" },
            [1, 2, 3], [4, 5, 6, 7]);
        string manifest = Encoding.UTF8.GetString(ManifestJson.Write(package.Manifest, package.PartHashes));
        int at = text == "#000000" ? manifest.LastIndexOf(text, StringComparison.Ordinal) : manifest.IndexOf(text, StringComparison.Ordinal);
        string changed = text == "{" ? "FF" : manifest[..at] + replacement + manifest[(at + text.Length)..];
        AssertUnusable(reason, Sealed(("manifest.json", Encoding.UTF8.GetBytes(changed)), ("prior.onnx", [1, 2, 3]), ("decoder.onnx", [4, 5, 6, 7])));
    }

    [TestMethod]
    public void Read_RefusesAManifestWithBytesThatAreNoText()
    {
        byte[] manifest = Manifest();
        manifest[manifest.AsSpan().IndexOf("compact"u8)] = 0xff;
        AssertUnusable("Cannot transcode", Sealed(("manifest.json", manifest), ("prior.onnx", [1, 2, 3]), ("decoder.onnx", [4, 5, 6, 7])));
    }

    private static string Comment => SegmentationModelPackage.ChecksumIntroduction + new string('0', SegmentationModelPackage.ChecksumLength);

    private static byte[] Manifest()
    {
        SegmentationModelPackage package = SegmentationModelPackageTests.Package();
        return ManifestJson.Write(package.Manifest, package.PartHashes);
    }

    private static SegmentationModelPackage Read(byte[] bytes) => SegmentationModelPackage.Read(new MemoryStream(bytes), "street.gss");

    private static void AssertMessage(byte[] bytes, string message) => Assert.AreEqual(message, Assert.ThrowsExactly<SegmentationModelException>(() => Read(bytes)).Message);

    private static void AssertUnusable(string reason, byte[] bytes) =>
        Assert.StartsWith($"'street.gss' holds no usable model ({reason}", Assert.ThrowsExactly<SegmentationModelException>(() => Read(bytes)).Message);

    private static byte[] Sealed(params (string Name, byte[] Bytes)[] parts) => Seal(Zip(Comment, [.. parts.Select(p => (p.Name, p.Bytes, CompressionLevel.NoCompression))]));

    // A package whose checksum fits, so that what is wrong inside it is found.
    private static byte[] Seal(byte[] zip)
    {
        Encoding.ASCII.GetBytes(SegmentationModelPackage.Hash(zip.AsSpan()[..^64]), zip.AsSpan()[^64..]);
        return zip;
    }

    private static byte[] Zip(string comment, params (string Name, byte[] Bytes, CompressionLevel Level)[] parts)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.Comment = comment;
            foreach ((string name, byte[] bytes, CompressionLevel level) in parts)
            {
                using Stream part = zip.CreateEntry(name, level).Open();
                part.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
