using GSS.Onnx;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>The device that a context asks for, and whether it is there.</summary>
internal static class ScoringDevice
{
    /// <summary>The options that a context stands for: <c>GpuDeviceId</c> and <c>FallbackToCpu</c>.</summary>
    public static ScoringOptions Of(IHostEnvironment host)
    {
        (int? device, bool fallback) = HostDevice.Of(host);
        return new ScoringOptions { GpuDeviceId = device, FallbackToCpu = fallback };
    }

    /// <summary>Throws, or warns once for a context, where the CUDA device of the options cannot be used.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="InvalidOperationException">It cannot, and the CPU may not take its place.</exception>
    public static void Require(IHostEnvironment host, ScoringOptions options)
    {
        options.ThrowIfInvalid();
        if (options.GpuDeviceId is not { } device || NativeSession.DeviceFault(device) is not { } fault)
        {
            return;
        }

        if (!options.FallbackToCpu)
        {
            throw fault;
        }

        // A chain of transformers asks as often as it has steps, and the user is to hear it once.
        if (HostDevice.IsFirst(host, device))
        {
            ScoringLog.Warn(host, $"{nameof(options.FallbackToCpu)} is true, so segmentation models score on the CPU. {fault.Message}");
        }
    }
}

/// <summary>Lines in the log of a context about scoring.</summary>
internal static class ScoringLog
{
    public static void Warn(IHostEnvironment host, string sentence) => Write(host, channel => channel.Warning(MessageSensitivity.None, sentence));

    public static void Info(IHostEnvironment host, string sentence) => Write(host, channel => channel.Info(MessageSensitivity.None, sentence));

    private static void Write(IHostEnvironment host, Action<IChannel> write)
    {
        using IChannel channel = host.Register("Segmentation").Start("Scoring");
        write(channel);
    }
}
