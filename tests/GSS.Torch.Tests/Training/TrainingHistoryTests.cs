using System.Text;
using System.Xml.Linq;
using GSS.Tests;

namespace GSS.Torch.Tests;

[TestClass]
public sealed class TrainingHistoryTests
{
    private static TrainingProgress Told(int epoch, long step, double loss, double? metric = null) => new()
    {
        Epoch = epoch,
        Epochs = 2,
        Step = step,
        Steps = 4,
        Loss = loss,
        LearningRate = 0.001,
        SamplesPerSecond = 12.5,
        Elapsed = default,
        Remaining = default,
        Metric = metric,
    };

    private static TrainingHistory Trained()
    {
        var history = new TrainingHistory();
        foreach (TrainingProgress told in (ReadOnlySpan<TrainingProgress>)[Told(1, 1, 4), Told(1, 2, 3), Told(2, 3, 2), Told(2, 4, 1), Told(2, 4, 1, 0.5)])
        {
            history.Add(told);
        }

        return history;
    }

    [TestMethod]
    public void ToString_HasALineForEachEpoch() =>
        Assert.AreEqual("epoch    step    loss  metric\n-----------------------------\n    1       2   3.000       -\n    2       4   1.000    50.0", Trained().ToString());

    [TestMethod]
    public void InANotebook_ItIsACurveAndATable()
    {
        XElement html = NotebookKernel.Show(Trained());
        string[][] rows = [.. html.Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray())];
        CollectionAssert.AreEqual(new[] { "2", "4", "1.000", "50.0", "12.5" }, rows[2]);

        // Steps 1 to 4 over 408 pixels from 36, loss 4 at the top (36) and 0 at the bottom (164).
        XElement svg = XDocument.Parse(Encoding.UTF8.GetString(NotebookKernel.Picture(html, "image/svg+xml"))).Root!;
        string[] curves = [.. svg.Descendants(svg.Name.Namespace + "polyline").Select(line => line.Attribute("points")!.Value)];
        Assert.AreEqual("138,36 240,68 342,100 444,132 444,132", curves[0]);
        Assert.AreEqual("444,100", curves[1]);
    }

    [TestMethod]
    public void Empty_AndSingleReports_AreShownToo()
    {
        Assert.AreEqual("no step yet", NotebookKernel.Show(new TrainingHistory()).Value);
        StringAssert.Contains(NotebookKernel.Show(Told(1, 2, double.NaN, 0.25)).Value, "1 of 22 of 4-25.0");
    }
}
