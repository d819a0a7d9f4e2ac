using System.Runtime.Intrinsics.X86;

namespace GSS.Torch;

/// <summary>
/// Whether the processor multiplies bfloat16 by instructions of its own. With them a training step of a ResNet-18 takes two thirds of the time that it takes in 32 bits
/// (results/camvid-imagenet.md); without them libtorch emulates them, and a single convolution was 88 times slower.
/// </summary>
internal static class BFloat16Hardware
{
    // CPUID leaf 7, subleaf 1, EAX: AVX512_BF16. Every processor with AMX's tiles for bfloat16 has it as well.
    private const int Avx512BFloat16 = 1 << 5;

    /// <summary>Whether this processor does, and libtorch may use oneDNN, which holds the code for it.</summary>
    public static bool IsFast() => Avx512F.IsSupported && OneDnn.CanBeTrusted() && IsFast(X86Base.CpuId);

    /// <summary>The same for any processor, its vectors of 512 bits and oneDNN aside.</summary>
    /// <param name="identify">CPUID: leaf and subleaf to the registers.</param>
    internal static bool IsFast(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> identify) =>
        identify(0, 0).Eax >= 7 && identify(7, 0).Eax >= 1 && (identify(7, 1).Eax & Avx512BFloat16) != 0;
}
