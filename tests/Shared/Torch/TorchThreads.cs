using GSS.Torch;
using TorchSharp;

namespace GSS.Tests;

/// <summary>
/// Tests run side by side and their networks are tiny: one torch thread for each. More would only wait for each other, spinning, as soon as the
/// processor has something else to do; a training test on a busy machine took five times as long.
/// </summary>
[TestClass]
public static class TorchThreads
{
    [AssemblyInitialize]
    public static void UseOneEach(TestContext context)
    {
        TorchNative.EnsureLoaded();
        torch.set_num_threads(1);
    }
}
