namespace GSS.Core.Tests;

[TestClass]
public class Crc32Tests
{
    /// <summary>The value that every description of this CRC gives for the nine digits.</summary>
    [TestMethod]
    public void Compute_GivesTheKnownValue() => Assert.AreEqual(0xCBF43926u, Crc32.Compute("123456789"u8));

    [TestMethod]
    public void Compute_ContinuesAnywhere()
    {
        byte[] bytes = new byte[100];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            uint expected = OneByteAtATime(bytes.AsSpan(0, length));
            for (int cut = 0; cut <= length; cut += 7)
            {
                Assert.AreEqual(expected, Crc32.Compute(bytes.AsSpan(cut, length - cut), Crc32.Compute(bytes.AsSpan(0, cut))));
            }
        }
    }

    private static uint OneByteAtATime(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            }
        }

        return ~crc;
    }
}
