using System.Reflection;
using System.Runtime.InteropServices;

namespace GSS.Benchmarks;

/// <summary>Where a result was measured: processor, operating system and the versions that matter.</summary>
internal static class MachineDescription
{
    public static string Text() =>
        $"{DateTime.UtcNow:yyyy-MM-dd} · {Environment.ProcessorCount} cores, {Processor()} · {RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture} · "
        + $"{RuntimeInformation.FrameworkDescription} · TorchSharp {Version(typeof(TorchSharp.torch))} · ONNX Runtime {Version(typeof(Microsoft.ML.OnnxRuntime.InferenceSession))} · ML.NET {Version(typeof(Microsoft.ML.MLContext))}";

    private static string Processor()
    {
        const string cpuinfo = "/proc/cpuinfo";
        string? line = File.Exists(cpuinfo) ? File.ReadLines(cpuinfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>The package version of a type's assembly, read from its metadata so that no native library is loaded for it.</summary>
    private static string Version(Type type)
    {
        string version = type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";
        int commit = version.IndexOf('+', StringComparison.Ordinal);
        return commit < 0 ? version : version[..commit];
    }
}
