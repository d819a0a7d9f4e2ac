using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace GSS.Tests.Architecture;

/// <summary>Core knows nobody; Torch and Onnx know Core and not each other; only ML knows ML.NET.</summary>
[TestClass]
public sealed class LayerTests
{
    [TestMethod]
    public void No_scalar_is_made_on_the_fly_that_a_garbage_collection_could_free_under_a_native_call()
    {
        using CompiledAssembly torch = CompiledAssembly.Open("GSS.Torch");
        IReadOnlyList<(string Method, string Member)> calls = torch.Calls();
        CollectionAssert.Contains(calls.ToArray(), ("TensorSums.Plus", "Tensor.add/2"));
        string[] faults = [.. calls.Where(call => call.Member is "Tensor.op_Addition/2" or "Scalar.op_Implicit/1" or "Tensor.add/1" or "Tensor.add_/1").Select(call => $"{call.Method} calls {call.Member}").Distinct()];
        Assert.IsEmpty(faults, $"{string.Join(", ", faults)}; expected Plus or a Constant, which are held while libtorch computes.");
    }

    [TestMethod]
    [DataRow("GSS.Core", "TorchSharp", "ONNX Runtime", "ML.NET", "GSS.Torch", "GSS.Onnx", "GSS.ML")]
    [DataRow("GSS.Torch", "ONNX Runtime", "ML.NET", "GSS.Onnx", "GSS.ML")]
    [DataRow("GSS.Onnx", "TorchSharp", "ML.NET", "GSS.Torch", "GSS.ML")]
    public void Library_RefersToNothingAboveOrBesideIt(string library, params string[] forbidden)
    {
        using CompiledAssembly assembly = CompiledAssembly.Open(library);

        string[] found = [.. assembly.References.Where(reference => forbidden.Contains(Product(reference)))];

        Assert.IsEmpty(found, $"{library} refers to {string.Join(", ", found)}.");
    }

    [TestMethod]
    [DataRow("GSS.Core")]
    [DataRow("GSS.Torch")]
    [DataRow("GSS.Onnx")]
    public void PublicTypes_BelowML_NeverMentionMLNet(string library)
    {
        using CompiledAssembly assembly = CompiledAssembly.Open(library);

        var found = assembly.MentionedInPublic().Where(mention => Product(mention.Assembly) == "ML.NET").ToArray();

        Assert.IsEmpty(found, $"{library} shows ML.NET types: {string.Join(", ", found)}.");
    }

    // Otherwise the tests above would pass with a reader that finds nothing.
    [TestMethod]
    public void Reader_FindsWhatIsThere()
    {
        using CompiledAssembly core = CompiledAssembly.Open("GSS.Core");
        using CompiledAssembly torch = CompiledAssembly.Open("GSS.Torch");
        using CompiledAssembly tests = new(typeof(LayerTests).Assembly.Location);

        CollectionAssert.Contains(core.References.ToArray(), "SkiaSharp");
        CollectionAssert.IsSubsetOf(new[] { "GSS.Core", "TorchSharp" }, torch.References.ToArray());
        string[] shown = [.. tests.MentionedInPublic().Where(m => m.Member == nameof(ShowsMLNet)).Select(m => m.Assembly).Distinct()];
        CollectionAssert.IsSubsetOf(new[] { "Microsoft.ML.Core", "Microsoft.ML.DataView", "Microsoft.ML.Data" }, shown);
    }

    private static string Product(string assembly) =>
        assembly.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal) ? "ONNX Runtime"
        : assembly == "Microsoft.ML" || assembly.StartsWith("Microsoft.ML.", StringComparison.Ordinal) ? "ML.NET"
        : assembly;

    /// <summary>A base type, a generic argument and a parameter, each from another assembly of ML.NET.</summary>
    public abstract class ShowsMLNet : Microsoft.ML.Data.TextLoader.Options
    {
        /// <summary>In a generic argument.</summary>
        public IReadOnlyList<Microsoft.ML.IDataView[]>? Views { get; }

        /// <summary>As a parameter.</summary>
        protected abstract void Fit(Microsoft.ML.IEstimator<Microsoft.ML.ITransformer> estimator);
    }
}
