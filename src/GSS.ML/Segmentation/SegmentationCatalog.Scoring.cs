using System.Reflection;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML;

/// <content>Scoring options for chains.</content>
public sealed partial class SegmentationCatalog
{
    private static readonly MethodInfo s_copyChain = typeof(SegmentationCatalog).GetMethod(nameof(CopyChain), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>The same model with other scoring options for every segmentation transformer in it, however deep in chains of transformers. The given model stays as it is.</summary>
    /// <typeparam name="TModel">What the model is, and what the copy is.</typeparam>
    /// <param name="model">A chain of transformers, as <c>pipeline.Fit</c> and <c>Load</c> give it, or one segmentation transformer.</param>
    /// <param name="options">The options, all of them: what they leave at its default is not taken from the model.</param>
    /// <returns>
    /// The copy. Its segmentation transformers have native sessions of their own: original and copy are disposed each for itself, in any order. All other steps are the same objects in both;
    /// one that holds something to dispose (a TensorFlow model, say) ends with the first of them.
    /// </returns>
    /// <exception cref="ArgumentException">The model has no segmentation transformer, or the options are out of range or do not fit one of them.</exception>
    /// <exception cref="InvalidOperationException">The CUDA device cannot be used, and <see cref="ScoringOptions.FallbackToCpu"/> is false.</exception>
    /// <exception cref="ObjectDisposedException">The <see cref="SegmentationTransformer.Model"/> of a transformer was disposed.</exception>
    public TModel WithScoring<TModel>(TModel model, ScoringOptions options)
        where TModel : class, ITransformer
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        var made = new List<ITransformer>();
        try
        {
            var copy = (TModel)Copy(model, options, made);
            return made.Count > 0 ? copy : throw new ArgumentException(
                $"Found a model of the type {model.GetType().Name} without a transformer of GSS.ML that scores, expected one such as {nameof(GenerativeSegmentationTransformer)}: give the model that was trained with Segmentation().", nameof(model));
        }
        catch
        {
            made.ForEach(transformer => (transformer as IDisposable)?.Dispose());
            throw;
        }
    }

    private static ITransformer Copy(ITransformer transformer, ScoringOptions options, List<ITransformer> made)
    {
        if (transformer is IScoringTransformer scoring)
        {
            made.Add(scoring.With(options));
            return made[^1];
        }

        Type type = transformer.GetType();
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(TransformerChain<>)
            ? (ITransformer)s_copyChain.MakeGenericMethod(type.GenericTypeArguments).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [transformer, options, made], null)!
            : transformer;
    }

    private static TransformerChain<TLast> CopyChain<TLast>(TransformerChain<TLast> chain, ScoringOptions options, List<ITransformer> made)
        where TLast : class, ITransformer
    {
        ITransformer[] steps = [.. chain];
        var scopes = new TransformerScope[steps.Length];
        foreach (TransformerScope scope in new[] { TransformerScope.Training, TransformerScope.Testing, TransformerScope.Scoring })
        {
            // ML.NET keeps the scopes to itself, and gives the steps of a scope in their order.
            int i = 0;
            foreach (ITransformer step in chain.GetModelFor(scope))
            {
                i = Array.IndexOf(steps, step, i);
                scopes[i++] |= scope;
            }
        }

        return new TransformerChain<TLast>(steps.Select(step => Copy(step, options, made)).ToArray(), scopes);
    }
}
