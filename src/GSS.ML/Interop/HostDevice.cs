using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>The device that an <c>MLContext</c> asks for, which the environments that ML.NET makes of it keep to themselves.</summary>
internal static class HostDevice
{
    private static readonly Lock s_gate = new();

    /// <summary>The CUDA device, null for the CPU, and whether the CPU may take its place.</summary>
    public static (int? GpuDeviceId, bool FallbackToCpu) Of(IHostEnvironment env) =>
        env is IHostEnvironmentInternal known ? (known.GpuDeviceId, known.FallbackToCpu) : (null, true);

    /// <summary>Whether this is the first time that an environment is told of a device. An <c>MLContext</c> and the environment that its catalogs use are one in this.</summary>
    public static bool IsFirst(IHostEnvironment env, int device)
    {
        // ML.NET keeps these in a plain dictionary, and models are loaded from many threads.
        lock (s_gate)
        {
            return env is not IHostEnvironmentInternal known || known.TryAddOption($"GSS.ML: CUDA device {device} is not there", true);
        }
    }
}
