using GSS.Core;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Onnx;

/// <summary>
/// ONNX Runtime's own telemetry. From version 1.31 on it also runs on Linux: the first session writes a device id and a database below
/// <c>~/.cache/Microsoft/DeveloperTools/.onnxruntime</c> and looks up Microsoft's event host. GSS.ML switches it off before it opens its first model.
/// </summary>
/// <remarks>
/// An application that opens a session of ONNX Runtime itself, before the first model of GSS.ML, decides for itself: it sets the environment variable
/// <c>ORT_DISABLE_TELEMETRY</c> to 1 before the process starts. A value that is there already is never changed.
/// </remarks>
public static class OnnxRuntimeTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    private static readonly Lock s_lock = new();
    private static bool s_enabled;
    private static bool s_decided;

    /// <summary>Gets or sets whether ONNX Runtime may send telemetry. To be set before the first model is opened.</summary>
    /// <value>The default value is false.</value>
    /// <exception cref="InvalidOperationException">It is changed after a model was opened, when it has no effect any more.</exception>
    public static bool Enabled
    {
        get => s_enabled;
        set
        {
            lock (s_lock)
            {
                if (s_decided && value != s_enabled)
                {
                    throw new InvalidOperationException($"{nameof(OnnxRuntimeTelemetry)}.{nameof(Enabled)} was set to {value} after a model had been opened, expected before: set it at the start of the application.");
                }

                s_enabled = value;
            }
        }
    }

    /// <summary>Applies the choice, once, before the first session.</summary>
    internal static void Decide()
    {
        lock (s_lock)
        {
            if (s_decided)
            {
                return;
            }

            s_decided = true;
            if (s_enabled)
            {
                return;
            }

            NativeEnvironment.SetUnlessGiven(Variable, "1");
            if (OperatingSystem.IsWindows())
            {
                // Windows' builds send events of the system's own tracing, which listen to this call alone.
                OrtEnv.Instance().DisableTelemetryEvents();
            }
        }
    }
}
