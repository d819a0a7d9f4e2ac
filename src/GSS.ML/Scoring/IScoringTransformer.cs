using GSS.Onnx;
using Microsoft.ML;

namespace GSS.ML;

/// <summary>A transformer that runs ONNX models.</summary>
internal interface IScoringTransformer
{
    /// <summary>The same transformer with other options; this one stays as it is.</summary>
    ITransformer With(ScoringOptions options);
}
