using GSS.Core;
using GSS.Torch;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace GSS.Tests;

[TestClass]
public sealed class CancelledValidationTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void A_run_cancelled_while_it_validates_goes_on_to_the_weights_of_an_unbroken_one(int cancelledEpoch)
    {
        string unbroken;
        using (TrainedPrior prior = TinyTraining.Run(TinyTraining.Samples(), TinyTraining.Options(null), TinyTraining.Samples(2)))
        {
            unbroken = TinyTraining.Hash(prior);
        }

        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        ISegmentationSamples source = TinyTraining.Samples(2);
        int reads = 0;
        var cancelling = new MemorySamples(2, index =>
        {
            // Two photographs to know the data again, and two an epoch: the first of the epoch asks for the end.
            if (reads++ == 2 * cancelledEpoch)
            {
                cancellation.Cancel();
            }

            return source.Read(index);
        });
        GenerativeOptions options = TinyTraining.Options(folder.FullName) with { CheckpointMinutes = 1000 };
        Assert.Throws<OperationCanceledException>(() => TinyTraining.Run(TinyTraining.Samples(), options with { CancellationToken = cancellation.Token }, cancelling));
        int repeated = 0;
        using TrainedPrior resumed = TinyTraining.Run(TinyTraining.Samples(), options with
        {
            Progress = progress => repeated += progress.Validation is null ? 1 : 0,
        }, TinyTraining.Samples(2));
        Assert.AreEqual(unbroken, TinyTraining.Hash(resumed));
        Assert.AreEqual((2 - cancelledEpoch) * TinyTraining.StepsPerEpoch, repeated, "steps done again");
    }
}
