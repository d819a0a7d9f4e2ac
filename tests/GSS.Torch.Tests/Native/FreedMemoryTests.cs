using System.Globalization;
using System.Runtime.InteropServices;
using GSS.Torch;

namespace GSS.Tests.Native;

[TestClass]
public class FreedMemoryTests
{
    private const int BlockBytes = 16 << 20;

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("", "", "stays", DisplayName = "Not given")]
    [DataRow("131072", "", "goes back", DisplayName = "Trim threshold given")]
    [DataRow("", "glibc.malloc.arena_test=8", "goes back", DisplayName = "A tunable of the allocator given")]
    [DataRow("", "glibc.rtld.nns=4", "stays", DisplayName = "A tunable of something else given")]
    public void Freed_StaysUnlessTheUserSaysOtherwise(string trimThreshold, string tunables, string expected)
    {
        string output = ChildProcess.Run("load and free memory", ("MALLOC_TRIM_THRESHOLD_", trimThreshold), ("GLIBC_TUNABLES", tunables));

        StringAssert.StartsWith(output, expected);
    }

    [TestMethod]
    [DataRow("MALLOC_MMAP_THRESHOLD_", "1", true)]
    [DataRow("MALLOC_TRIM_THRESHOLD_", "1", true)]
    [DataRow("MALLOC_TOP_PAD_", "1", true)]
    [DataRow("MALLOC_MMAP_MAX_", "1", true)]
    [DataRow("GLIBC_TUNABLES", "glibc.rtld.nns=4:glibc.malloc.hugetlb=1", true)]
    [DataRow("GLIBC_TUNABLES", "glibc.rtld.nns=4", false)]
    [DataRow("MALLOC_CHECK_", "1", false)]
    public void IsChosenByUser_LooksAtWhatSetsTheAllocator(string variable, string value, bool expected) =>
        Assert.AreEqual(expected, FreedMemory.IsChosenByUser(name => name == variable ? value : null));

    /// <summary>Whether memory that is allocated, written and freed is still in the process's resident set.</summary>
    internal static unsafe bool StaysResident()
    {
        long before = Resident();
        void* block = NativeMemory.Alloc(BlockBytes);
        NativeMemory.Fill(block, BlockBytes, 1);
        NativeMemory.Free(block);
        return Resident() - before > BlockBytes / 2;
    }

    // Pages of 4 KiB: the second number of statm.
    private static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
