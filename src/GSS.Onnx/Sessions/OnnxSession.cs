using System.Globalization;
using GSS.Core;
using Microsoft.ML.OnnxRuntime;

namespace GSS.Onnx;

/// <summary>
/// One ONNX model, run by any number of threads. Its native session is counted: whoever runs or holds it keeps it open, so that neither
/// <see cref="Dispose"/> nor <see cref="CloseWhenUnused"/> takes memory from under a run.
/// </summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly Lock _gate = new();
    private readonly byte[] _bytes;
    private readonly string _part;
    private readonly ScoringOptions _options;
    private NativeSession? _native;
    private int _users;
    private bool _closing;
    private bool _disposed;

    /// <summary>Opens a model.</summary>
    /// <param name="bytes">The <c>.onnx</c> file; kept, not copied.</param>
    /// <param name="part">What to call the model in messages, such as <c>prior.onnx</c>.</param>
    /// <param name="inputs">What it takes.</param>
    /// <param name="outputs">What it gives, or, for each format, what it gives there; the newest first.</param>
    /// <param name="options">Threads and device.</param>
    /// <exception cref="SegmentationModelException">The bytes are no ONNX model, or one with other inputs and outputs.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime's native library is not there.</exception>
    public OnnxSession(byte[] bytes, string part, IReadOnlyList<OnnxTensor> inputs, ScoringOptions options, params IReadOnlyList<OnnxTensor>[] outputs)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        options.ThrowIfInvalid();
        (_bytes, _part, _options) = (bytes, part, options);
        _native = NativeSession.Open(bytes, part, options);
        try
        {
            InferenceSession session = _native.Session;
            Require("inputs", session.InputMetadata, [inputs]);
            Require("outputs", session.OutputMetadata, outputs);
            OutputShapes = session.OutputMetadata.ToDictionary(pair => pair.Key, pair => pair.Value.Dimensions, StringComparer.Ordinal);
            InputNames = [.. session.InputMetadata.Keys];
            Notes = session.ModelMetadata.CustomMetadataMap;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The outputs that the model has, each with its shape, -1 where that depends on the input.</summary>
    public IReadOnlyDictionary<string, int[]> OutputShapes { get; }

    /// <summary>The inputs that the model has.</summary>
    public IReadOnlyCollection<string> InputNames { get; }

    private Dictionary<string, string> Notes { get; }

    /// <summary>A whole number among the model's notes.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="missing">What is taken where the model does not have it, or it is no number above 0.</param>
    public long Note(string key, long missing) =>
        Notes.TryGetValue(key, out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0 ? number : missing;

    /// <summary>Runs the model on numbers that stay where they are.</summary>
    /// <param name="input">The first input's name.</param>
    /// <param name="values">As many numbers as <paramref name="shape"/> says.</param>
    /// <param name="shape">The input's shape.</param>
    /// <param name="outputs">The outputs to give; all others are not fetched.</param>
    /// <param name="flag">A second input, true or false without dimensions; null where there is none.</param>
    /// <returns>To be disposed.</returns>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime could not run it, for want of memory as a rule.</exception>
    public OnnxOutputs Run<T>(string input, Memory<T> values, long[] shape, string[] outputs, (string Name, bool Value)? flag = null)
        where T : unmanaged
    {
        NativeSession native = Acquire();
        try
        {
            using OrtValue value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values, shape);
            using OrtValue? second = flag is { } given ? OrtValue.CreateTensorValueFromMemory(new[] { given.Value }, []) : null;
            return new OnnxOutputs(
                native.Session.Run(native.RunOptions, flag is null ? [input] : [input, flag.Value.Name], second is null ? [value] : [value, second], outputs), _part, Release);
        }
        catch (Exception e) when (e is OnnxRuntimeException or OutOfMemoryException)
        {
            Release();
            throw new InvalidOperationException(
                $"'{_part}' could not be run on an input of shape [{string.Join(", ", shape)}] ({NativeSession.OneLine(e)}): give smaller images, or a short side to resize them to.", e);
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>Keeps the native session open until what is returned is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public IDisposable Hold()
    {
        Acquire();
        return new Holder(this);
    }

    /// <summary>Frees the native memory as soon as nobody runs or holds it; the next use opens it again.</summary>
    public void CloseWhenUnused()
    {
        lock (_gate)
        {
            _closing = true;
            CloseIfUnused();
        }
    }

    /// <summary>Ends the model: calls that are running finish, after which the memory is freed; new calls are refused.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            CloseIfUnused();
        }
    }

    private NativeSession Acquire()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                throw new ObjectDisposedException(_part, $"The model of '{_part}' was disposed and cannot be used any more: open it again, and dispose it when no thread uses it any longer.");
            }

            if (_native is null)
            {
                _native = NativeSession.Open(_bytes, _part, _options);
                _closing = false;
            }

            _users++;
            return _native;
        }
    }

    private void Release()
    {
        lock (_gate)
        {
            _users--;
            CloseIfUnused();
        }
    }

    private void CloseIfUnused()
    {
        if (_users == 0 && (_closing || _disposed))
        {
            _native?.Dispose();
            _native = null;
        }
    }

    private void Require(string kind, IReadOnlyDictionary<string, NodeMetadata> found, IReadOnlyList<OnnxTensor>[] choices)
    {
        if (!choices.Any(expected => OnnxTensor.Fit(expected, found)))
        {
            throw new SegmentationModelException(
                $"'{_part}' has the {kind} {string.Join(", ", found.Select(pair => $"{pair.Key} ({pair.Value.ElementDataType})"))}, expected {string.Join(", ", choices[0])}: "
                + $"another model lies under this name; put the package together again with the '{_part}' that GSS.ML exported.");
        }
    }

    private sealed class Holder(OnnxSession owner) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                owner.Release();
            }
        }
    }
}
