using System.Security.Cryptography;
using System.Text;
using GSS.Core;

namespace GSS.ML.Tests;

/// <summary>The bytes that every transformer writes into a model zip, which keeps no sound checksum of its own.</summary>
[TestClass]
public sealed class ModelPayloadTests
{
    private static readonly SegmentationClasses s_classes = new("Streets", ["Sky", "Road"], idMap: new Dictionary<int, byte> { [7] = 0, [9] = 1 });
    private static readonly Whole s_whole = new("Image", null, "Label", 8, new Part(s_classes, MaskigePalette.MaximalDistance(2), 96, null));
    private static readonly byte[] s_bytes = Written(version: 1);

    [TestMethod]
    public void What_was_written_comes_back() => Assert.AreEqual((s_whole, "bytes"), Read(s_bytes));

    /// <summary>As 0.1.0 wrote: the length, the SHA-256, and fields without names.</summary>
    [TestMethod]
    public void What_0_1_0_wrote_is_read()
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write("Image");
            writer.Write(false);
            writer.Write("");
            writer.Write(true);
            writer.Write("Label");
            writer.Write(8);
            writer.Write(s_classes.ToJson());
            byte[] palette = [.. s_whole.Part.Palette.Colors.SelectMany(color => new[] { color.R, color.G, color.B })];
            writer.Write(palette.Length);
            writer.Write(palette);
            writer.Write(96);
            writer.Write(0);
            writer.Write(5);
            writer.Write("bytes"u8);
        }

        byte[] framed = [.. BitConverter.GetBytes((int)content.Length), .. SHA256.HashData(content.ToArray()), .. content.ToArray()];
        Assert.AreEqual((s_whole, "bytes"), Read(framed));
    }

    [TestMethod]
    public void A_later_version_is_one_sentence() => Assert.AreEqual(
        "The test in the model has the version 3, this GSS.ML reads up to 2: load it with a newer version of GSS.ML.",
        Assert.ThrowsExactly<SegmentationModelException>(() => Read(Written(version: 3))).Message);

    [TestMethod]
    public void Every_flipped_bit_is_found()
    {
        for (int bit = 0; bit < 8 * s_bytes.Length; bit++)
        {
            byte[] damaged = [.. s_bytes];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            StringAssert.StartsWith(Assert.ThrowsExactly<SegmentationModelException>(() => Read(damaged)).Message, "The test in the model is damaged");
        }
    }

    [TestMethod]
    public void Every_beginning_is_refused()
    {
        for (int length = 0; length < s_bytes.Length; length++)
        {
            Assert.ThrowsExactly<SegmentationModelException>(() => Read(s_bytes[..length]));
        }
    }

    private static byte[] Written(int version)
    {
        using var stream = new MemoryStream();
        ModelPayload.Write(stream, version, s_whole, writer => writer.WriteArray("bytes"u8.ToArray()));
        return stream.ToArray();
    }

    private static (Whole Record, string Bytes) Read(byte[] bytes) =>
        ModelPayload.Read(new MemoryStream(bytes), "test", newest: 2, saved => (saved.Record<Whole>(), Encoding.UTF8.GetString(saved.Array())));

    private sealed record Whole(string Image, string? Maskige, string? Label, int BatchSize, Part Part);

    private sealed record Part(SegmentationClasses Classes, MaskigePalette Palette, int? ShortSide, int? None);
}
