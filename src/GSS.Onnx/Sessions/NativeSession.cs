using System.Collections.Concurrent;
using GSS.Core;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Onnx;

/// <summary>An open session of ONNX Runtime; what goes wrong in opening it becomes one sentence.</summary>
internal sealed class NativeSession : IDisposable
{
    internal static readonly Lazy<byte[]> SmallestModel = new(() =>
    {
        var graph = new OnnxGraph("smallest");
        graph.Output(graph.Input("input", OnnxType.Float, 1), "output", OnnxType.Float, 1);
        return graph.ToBytes();
    });

    private static readonly ConcurrentDictionary<int, bool> s_usableDevices = new();

    private static long s_openedCount;

    private NativeSession(InferenceSession session) => Session = session;

    /// <summary>How many were opened in this process so far, for the test that holds it down: each holds the weights once more.</summary>
    public static long OpenedCount => Interlocked.Read(ref s_openedCount);

    public InferenceSession Session { get; }

    public RunOptions RunOptions { get; } = new();

    /// <exception cref="SegmentationModelException">The bytes are no ONNX model.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime's native library is not there.</exception>
    public static NativeSession Open(byte[] bytes, string part, ScoringOptions options) => Open(sessionOptions => new(bytes, sessionOptions), part, options);

    /// <summary>Opens a model that has its weights in another file.</summary>
    /// <exception cref="SegmentationModelException">The file is no ONNX model.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime's native library is not there.</exception>
    public static NativeSession OpenFile(string path, ScoringOptions options) => Open(sessionOptions => new(path, sessionOptions), Path.GetFileName(path), options);

    /// <summary>Why a CUDA device cannot be used; null where it can. The smallest of models is opened on it: a device that does not exist is found out no earlier.</summary>
    public static InvalidOperationException? DeviceFault(int device)
    {
        // Asked for every part of a model, and for the log before: a device that worked is not tried again.
        if (s_usableDevices.ContainsKey(device))
        {
            return null;
        }

        // This may be the first session of the process.
        OnnxRuntimeTelemetry.Decide();
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            options.AppendExecutionProvider_CUDA(device);
            new InferenceSession(SmallestModel.Value, options).Dispose();
            s_usableDevices[device] = true;
            return null;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or OnnxRuntimeException or DllNotFoundException)
        {
            return new InvalidOperationException(GpuLibrary.Explain(device, e, GpuLibrary.SearchFolders()), e);
        }
        catch (TypeInitializationException)
        {
            // ONNX Runtime is not there at all, which opening the model says better.
            return null;
        }
    }

    public static string OneLine(Exception e) => e.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');

    public void Dispose()
    {
        Session.Dispose();
        RunOptions.Dispose();
    }

    private static NativeSession Open(Func<SessionOptions, InferenceSession> open, string part, ScoringOptions options)
    {
        OnnxRuntimeTelemetry.Decide();
        try
        {
            using SessionOptions sessionOptions = CreateOptions(options);
            var session = new NativeSession(open(sessionOptions));
            Interlocked.Increment(ref s_openedCount);
            return session;
        }
        catch (OnnxRuntimeException e)
        {
            throw new SegmentationModelException(
                $"'{part}' cannot be opened as an ONNX model ({OneLine(e)}): use a model package just as GSS.ML saved it, or save the model again.", e);
        }
        catch (Exception e) when (Cause(e) is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new DllNotFoundException(
                $"ONNX Runtime's native library could not be loaded ({OneLine(Cause(e))}), the model itself is not at fault: reference Microsoft.ML.OnnxRuntime in the application, "
                + "and publish for the system that it runs on (--runtime), so that the library lies beside it.", e);
        }
    }

    private static Exception Cause(Exception e) => e is TypeInitializationException { InnerException: { } inner } ? Cause(inner) : e;

    private static SessionOptions CreateOptions(ScoringOptions options)
    {
        var result = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = options.ThreadCount,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // A spinning pool takes the cores from everything else in the process, TorchSharp's own threads before all.
        result.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        if (options.GpuDeviceId is { } device)
        {
            if (DeviceFault(device) is not { } fault)
            {
                result.AppendExecutionProvider_CUDA(device);
            }
            else if (!options.FallbackToCpu)
            {
                result.Dispose();
                throw fault;
            }
        }

        return result;
    }
}
