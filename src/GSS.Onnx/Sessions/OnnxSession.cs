using System.Globalization;
using GSS.Core;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Onnx;

/// <summary>One ONNX model with one input and one output, or a second output that may be missing, opened once and run by any number of threads.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _inputs;
    private readonly string[] _outputs;
    private readonly string _part;

    /// <summary>Opens a model.</summary>
    /// <param name="bytes">The <c>.onnx</c> file.</param>
    /// <param name="part">What to call the model in messages, such as <c>prior.onnx</c>.</param>
    /// <param name="input">The input's name and element type.</param>
    /// <param name="output">The output's name and element type.</param>
    /// <param name="options">Threads and device.</param>
    /// <param name="optionalOutput">The name of an output of the same type that a model may have besides.</param>
    /// <exception cref="SegmentationModelException">The bytes are no ONNX model, or one with other inputs and outputs.</exception>
    public OnnxSession(
        byte[] bytes, string part, (string Name, TensorElementType Type) input, (string Name, TensorElementType Type) output, ScoringOptions options, string? optionalOutput = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        options.ThrowIfInvalid();
        OnnxRuntimeTelemetry.Decide();
        _part = part;
        _inputs = [input.Name];
        _outputs = [output.Name];
        using SessionOptions sessionOptions = CreateOptions(options);
        try
        {
            _session = new InferenceSession(bytes, sessionOptions);
        }
        catch (OnnxRuntimeException e)
        {
            throw new SegmentationModelException(
                $"'{part}' cannot be opened as an ONNX model ({OneLine(e)}): use a model package just as GSS.ML saved it, or save the model again.", e);
        }

        try
        {
            ThrowIfOther("input", _session.InputMetadata, input, null);
            ThrowIfOther("output", _session.OutputMetadata, output, optionalOutput);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The output's shape, -1 where it depends on the input.</summary>
    public int[] OutputShape => _session.OutputMetadata[_outputs[0]].Dimensions;

    /// <summary>The shape of the optional output, -1 where it depends on the input; null where the model does not have it.</summary>
    public int[]? OptionalOutputShape(string output) => _session.OutputMetadata.TryGetValue(output, out NodeMetadata? metadata) ? metadata.Dimensions : null;

    /// <summary>A whole number among the model's notes.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="missing">What is taken where the model does not have it, or it is no number above 0.</param>
    public long Note(string key, long missing) =>
        _session.ModelMetadata.CustomMetadataMap.TryGetValue(key, out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0
            ? number
            : missing;

    /// <summary>Runs the model on numbers that stay where they are; the caller disposes the output, whose memory ONNX Runtime owns.</summary>
    /// <param name="input">As many numbers as <paramref name="shape"/> says.</param>
    /// <param name="shape">The input's shape.</param>
    public OrtValue Run<T>(Memory<T> input, long[] shape)
        where T : unmanaged => Run(input, shape, _outputs)[0];

    /// <summary>As <see cref="Run{T}(Memory{T}, long[])"/>, for the outputs of the given names.</summary>
    public IDisposableReadOnlyCollection<OrtValue> Run<T>(Memory<T> input, long[] shape, string[] outputs)
        where T : unmanaged
    {
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, input, shape);
        try
        {
            return _session.Run(_runOptions, _inputs, [value], outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidOperationException(
                $"'{_part}' could not be run on an input of shape [{string.Join(", ", shape)}] ({OneLine(e)}): give smaller images, or a short side to resize them to.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

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
            try
            {
                result.AppendExecutionProvider_CUDA(device);
            }
            catch (Exception e) when (e is EntryPointNotFoundException or OnnxRuntimeException or DllNotFoundException)
            {
                if (!options.FallbackToCpu)
                {
                    result.Dispose();
                    throw new InvalidOperationException(
                        $"Scoring on CUDA device {device} was asked for, but this ONNX Runtime cannot use it ({OneLine(e)}): reference Microsoft.ML.OnnxRuntime.Gpu "
                        + $"and install CUDA and cuDNN, or set {nameof(ScoringOptions.FallbackToCpu)}, or leave {nameof(ScoringOptions.GpuDeviceId)} null.", e);
                }
            }
        }

        return result;
    }

    private void ThrowIfOther(string kind, IReadOnlyDictionary<string, NodeMetadata> found, (string Name, TensorElementType Type) expected, string? optional)
    {
        bool hasOptional = optional is not null && found.TryGetValue(optional, out NodeMetadata? second) && second.ElementDataType == expected.Type;
        if (found.Count != (hasOptional ? 2 : 1) || !found.TryGetValue(expected.Name, out NodeMetadata? metadata) || metadata.ElementDataType != expected.Type)
        {
            string list = string.Join(", ", found.Select(pair => $"{pair.Key} ({pair.Value.ElementDataType})"));
            throw new SegmentationModelException(
                $"'{_part}' has the {kind}s {list}, expected {expected.Name} ({expected.Type}) alone: use a model that GSS.ML has written.");
        }
    }

    private static string OneLine(Exception e) => e.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
