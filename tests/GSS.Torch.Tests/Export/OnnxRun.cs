using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Runs exported models on tensors.</summary>
internal sealed class OnnxRun(byte[] model) : IDisposable
{
    private readonly InferenceSession _session = new(model);

    /// <summary>Runs a model from image or maskige to logits.</summary>
    public Tensor FloatsToFloats(string input, Tensor value, string output) => Run<float, float>(input, value, output, numbers => tensor(numbers));

    /// <summary>Runs a model from maskige to tokens.</summary>
    public Tensor FloatsToLongs(string input, Tensor value, string output) => Run<float, long>(input, value, output, numbers => tensor(numbers));

    /// <summary>Runs a model from tokens to maskige.</summary>
    public Tensor LongsToFloats(string input, Tensor value, string output) => Run<long, float>(input, value, output, numbers => tensor(numbers));

    /// <summary>Runs a prior from image to tokens.</summary>
    public long[] Tokens(Tensor image)
    {
        using OrtValue given = OrtValue.CreateTensorValueFromMemory(image.contiguous().data<float>().ToArray(), image.shape);
        using OrtValue without = OrtValue.CreateTensorValueFromMemory(new[] { false }, []);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(options, ["image", "with_confidence"], [given, without], ["tokens"]);
        return results[0].GetTensorDataAsSpan<long>().ToArray();
    }

    public void Dispose() => _session.Dispose();

    private Tensor Run<TIn, TOut>(string input, Tensor value, string output, Func<TOut[], Tensor> toTensor)
        where TIn : unmanaged
        where TOut : unmanaged
    {
        using OrtValue given = OrtValue.CreateTensorValueFromMemory(value.contiguous().data<TIn>().ToArray(), value.shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(options, [input], [given], [output]);
        return toTensor(results[0].GetTensorDataAsSpan<TOut>().ToArray()).reshape(results[0].GetTensorTypeAndShape().Shape);
    }
}
