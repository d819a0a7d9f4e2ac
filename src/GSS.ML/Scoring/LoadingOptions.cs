using GSS.Onnx;

namespace GSS.ML;

/// <summary>
/// The options given to <c>Load</c>, while it runs: ML.NET's loader stands between it and the transformers and hands nothing through.
/// </summary>
internal static class LoadingOptions
{
    private static readonly AsyncLocal<ScoringOptions?> s_current = new();

    /// <summary>Those of the call that is running, null where none were given.</summary>
    public static ScoringOptions? Current => s_current.Value;

    /// <summary>Runs a load with options.</summary>
    public static T Run<T>(ScoringOptions options, Func<T> load)
    {
        s_current.Value = options;
        try
        {
            return load();
        }
        finally
        {
            s_current.Value = null;
        }
    }
}
