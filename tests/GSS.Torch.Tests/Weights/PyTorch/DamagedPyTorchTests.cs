using CsCheck;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Cut and damaged files: either they are read, or refused by the one exception.</summary>
[TestClass]
public sealed class DamagedPyTorchTests
{
    private static readonly float[] Values = [1, 2, 3, 4, 5, 6];

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_file_cut_anywhere_is_refused(bool zip)
    {
        byte[] whole = Small(zip);
        for (int length = 0; length < whole.Length; length++)
        {
            string message = PyTorchFileTests.Refused(whole[..length]);
            Assert.IsTrue(message.Count(c => c == '\n') == 0, message);
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Any_bit_may_flip(bool zip)
    {
        using DisposeScope scope = TorchTest.NewScope();
        byte[] whole = Small(zip);
        int refused = 0;
        for (int bit = 0; bit < 8 * whole.Length; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            refused += ReadOrRefuse(damaged) ? 0 : 1;
        }

        // Values may be any; what says how they lie may not.
        Assert.IsTrue(refused > 0 && refused < 8 * whole.Length, $"{refused} of {8 * whole.Length} refused");
    }

    [TestMethod]
    [DataRow("mmcv_style_ckpt.pth")]
    [DataRow("mmcv_style_ckpt_legacy.pth")]
    public void PyTorchs_own_files_may_be_damaged_anywhere(string name)
    {
        using DisposeScope scope = TorchTest.NewScope();
        byte[] whole = File.ReadAllBytes(SharedData.Require("reference", "golden", name));
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, 200]).Sample((place, value, secondPlace, secondValue, cut) =>
        {
            byte[] damaged = [.. whole];
            (damaged[place], damaged[secondPlace]) = (value, secondValue);
            ReadOrRefuse(cut < 100 ? damaged : damaged[..^(cut - 100)]);
        }, iter: 2000, threads: 1);
    }

    private static byte[] Small(bool zip)
    {
        byte[] pickle = PickleWriter.StateDict("a", w => w.Tensor("0", 6, 0, [2, 3], [1, 2])).Bytes();
        return zip ? PyTorchContainers.Zip(pickle, storages: ("0", Values)) : PyTorchContainers.Stream(pickle, ("0", Values));
    }

    /// <summary>Whether it was read; any other exception fails.</summary>
    private static bool ReadOrRefuse(byte[] bytes)
    {
        using DisposeScope scope = NewDisposeScope();
        try
        {
            using WeightFile file = WeightFile.Open(new MemoryStream(bytes), "damaged.pth");
            foreach (string name in file.Names)
            {
                file.Read(name);
            }

            return true;
        }
        catch (WeightFileException exception)
        {
            Assert.Contains("damaged.pth", exception.Message);
            return false;
        }
    }
}
