using GSS.Core;

namespace GSS.ML.Tests;

/// <summary>The bytes that every transformer writes into a model zip, which keeps no sound checksum of its own.</summary>
[TestClass]
public sealed class ModelPayloadTests
{
    private static readonly byte[] s_bytes = Written();

    [TestMethod]
    public void What_was_written_comes_back() => Assert.AreEqual("Sky, Road", Read(s_bytes));

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

    private static byte[] Written()
    {
        using var stream = new MemoryStream();
        ModelPayload.Write(stream, writer => writer.Write("Sky, Road"));
        return stream.ToArray();
    }

    private static string Read(byte[] bytes) => ModelPayload.Read(new MemoryStream(bytes), "test", reader => reader.ReadString());
}
