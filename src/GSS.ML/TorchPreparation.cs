using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using GSS.Torch;

namespace GSS.ML;

/// <summary>
/// TorchSharp's own loader fails on systems with an older libstdc++ and then copies libtorch into the application's folder. An application that uses <c>torch</c>
/// before anything of GSS.Torch (<c>torch.set_num_threads(1)</c> at its start) would meet it: so GSS.ML prepares the way as soon as anything of it is touched.
/// </summary>
internal static class TorchPreparation
{
    // Loads neither TorchSharp nor libtorch: an application that only scores pays nothing.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It has to run before the application uses TorchSharp.")]
    internal static void Prepare() => RuntimeHelpers.RunModuleConstructor(typeof(TorchNative).Module.ModuleHandle);
}
