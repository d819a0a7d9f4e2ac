using GSS.Torch;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GSS.ML;

/// <summary>Tells the <c>MLContext</c>'s log what became of the entries of weight files, a line for each file.</summary>
internal static class WeightLog
{
    /// <summary>Writes the lines.</summary>
    /// <param name="context">Whose log.</param>
    /// <param name="estimator">Who read the files.</param>
    /// <param name="read">What was read; null stands for a network without a file.</param>
    public static void Write(MLContext context, string estimator, IEnumerable<LoadedWeights?> read)
    {
        using IChannel channel = ((IHostEnvironment)context).Register(estimator).Start("Weights");
        foreach (LoadedWeights weights in read.OfType<LoadedWeights>())
        {
            channel.Info(MessageSensitivity.None, weights.ToString());
        }
    }
}
