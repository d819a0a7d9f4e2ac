using CsCheck;
using GSS.Core;
using GSS.Onnx;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GSS.Tests;

/// <summary>From a maskige to classes by operators.</summary>
[TestClass]
public sealed class FusedDecodingTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(16)]
    [DataRow(17)]
    [DataRow(150)]
    public void Operators_find_the_nearest_colour_whatever_the_number_of_classes(int classes)
    {
        MaskigePalette palette = MaskigePalette.Random(Math.Max(classes, 2), seed: 5);
        var graph = new OnnxGraph("nearest");
        OnnxValue maskige = graph.Input("maskige", OnnxType.Float, 1, 3, "height", "width");
        graph.Output(NearestColorOperators.Choose(graph, maskige, palette), "ids", OnnxType.Int32, 1, "height", "width");
        using var session = new InferenceSession(graph.ToBytes());
        var random = new Random(classes);
        var input = new DenseTensor<float>([1, 3, 20, 30]);
        for (int i = 0; i < input.Length; i++)
        {
            input.SetValue(i, (float)(255 * random.NextDouble()));
        }

        using var found = session.Run([NamedOnnxValue.CreateFromTensor("maskige", input)]);
        int[] ids = [.. found.Single().AsEnumerable<int>()];
        for (int i = 0; i < ids.Length; i++)
        {
            double Distance(RgbColor c) => Math.Pow(input.GetValue(i) - c.R, 2) + Math.Pow(input.GetValue(600 + i) - c.G, 2) + Math.Pow(input.GetValue(1200 + i) - c.B, 2);
            double[] distances = [.. palette.Colors.Select(Distance)];
            Assert.AreEqual(distances.Min(), distances[ids[i]], 0.05, $"pixel {i}: class {ids[i]}, nearest {Array.IndexOf(distances, distances.Min())}");
        }
    }

    [TestMethod]
    public void Of_two_colours_at_the_same_distance_the_lower_class_is_taken()
    {
        // Half way between two colours: in the first group of sixteen, across the groups, in the second group.
        foreach ((int low, int high) in new[] { (3, 9), (3, 18), (17, 19) })
        {
            RgbColor[] colors = [.. Enumerable.Range(0, 20).Select(k => new RgbColor(0, 255, (byte)(10 * k)))];
            (colors[low], colors[high]) = (new(64, 0, 0), new(192, 0, 0));
            var graph = new OnnxGraph("nearest");
            OnnxValue maskige = graph.Input("maskige", OnnxType.Float, 1, 3, "height", "width");
            graph.Output(NearestColorOperators.Choose(graph, maskige, MaskigePalette.FromColors(colors)), "ids", OnnxType.Int32, 1, "height", "width");
            using var session = new InferenceSession(graph.ToBytes());
            using var found = session.Run([NamedOnnxValue.CreateFromTensor("maskige", new DenseTensor<float>(new float[] { 128, 0, 0 }, [1, 3, 1, 1]))]);
            Assert.AreEqual(low, found.Single().AsEnumerable<int>().Single());
        }
    }

    [TestMethod]
    public void Four_pixels_of_a_doubled_maskige_vote_for_one()
    {
        var graph = new OnnxGraph("votes");
        OnnxValue ids = graph.Input("ids", OnnxType.Int32, 1, "height", "width");
        graph.Output(NearestColorOperators.Halve(graph, ids), "voted", OnnxType.Int32, 1, "rows", "columns");
        using var session = new InferenceSession(graph.ToBytes());
        Gen.Int[0, 253].Array[4].Sample(
            four =>
            {
                using var found = session.Run([NamedOnnxValue.CreateFromTensor("ids", new DenseTensor<int>(four, [1, 2, 2]))]);
                int expected = four.GroupBy(id => id).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key;
                return found.Single().AsEnumerable<int>().Single() == expected;
            },
            iter: 300);
    }

    [TestMethod]
    public void A_tokenizer_that_paints_twice_the_size_is_fused_with_its_votes()
    {
        // Token v is painted as eight by eight pixels: the outer ones in the next class, where a vote must not go to them.
        byte[] decoder = Doubled();
        RgbImage image = TestModel.RandomImage(23, 14, 1);
        using var file = new ExportedFile(TestModel.Package(decoder: decoder), new() { Outputs = SegmentationOutputs.Maskige }, image);
        using var model = new SegmentationModel(TestModel.Package(decoder: decoder));
        SegmentationResult expected = model.Predict(image, SegmentationOutputs.Maskige);
        Assert.AreEqual(expected.Labels, file.Labels(image)[0]);
        CollectionAssert.AreEqual(expected.Maskige!.Pixels.ToArray(), file.Output<byte>("maskige", image).ToArray());
        Assert.IsGreaterThan(1, expected.Labels.Ids.ToArray().Distinct().Count());
        Assert.Contains("vote", Assert.ThrowsExactly<NotSupportedException>(() => new ExportedFile(TestModel.Package(decoder: decoder), new() { Scores = true })).Message);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void An_inverse_network_decides_in_the_file_by_its_labels_or_scores(bool givesLabels)
    {
        byte[] decoder = WithInverse(givesLabels);
        RgbImage image = TestModel.RandomImage(23, 14, 1);
        using var file = new ExportedFile(TestModel.Package(decoder: decoder), new() { Scores = !givesLabels }, image);
        byte[] expected = [.. TestModel.Labels(image).Ids.ToArray().Select(id => (byte)((id + 1) % 3))];
        CollectionAssert.AreEqual(expected, file.Labels(image)[0].Ids.ToArray());
        Assert.AreEqual(1, file.Result.EqualShare);
        if (!givesLabels)
        {
            Tensor<float> scores = file.Output<float>("scores", image);
            Assert.AreEqual(7, scores[0, expected[0], 0, 0]);
        }
    }

    // Rows and columns 0, 7 of each token show another class; two by two pixels that hold one of them have three of the token's own.
    private static byte[] Doubled()
    {
        const int side = 8;
        var graph = new OnnxGraph("decoder");
        OnnxValue tokens = graph.Input("tokens", OnnxType.Int64, "batch", "rows", "columns");
        float[] table = new float[TestModel.TokenCount * 3 * side * side];
        for (int v = 0; v < TestModel.TokenCount; v++)
        {
            for (int i = 0; i < side * side; i++)
            {
                bool isCorner = (i / side) % 7 == 0 && (i % side) % 7 == 0;
                RgbColor color = TestModel.Palette.Colors[(v + (isCorner ? 1 : 0)) % 3];
                float[] channels = [color.R, color.G, color.B];
                for (int c = 0; c < 3; c++)
                {
                    table[(((v * 3) + c) * side * side) + i] = channels[c];
                }
            }
        }

        OnnxValue cells = graph.Transpose(graph.Gather(graph.Constant(table, TestModel.TokenCount, 3 * side * side), tokens), 0, 3, 1, 2);
        graph.Output(graph.DepthToSpace(cells, side), "maskige", OnnxType.Float, "batch", 3, "height", "width");
        return graph.ToBytes();
    }

    // It answers with the class after the painted one.
    private static byte[] WithInverse(bool givesLabels)
    {
        var graph = new OnnxGraph("decoder");
        OnnxValue tokens = graph.Input("tokens", OnnxType.Int64, "batch", "rows", "columns");
        float[] colors = [.. Enumerable.Range(0, TestModel.TokenCount).Select(v => TestModel.Palette.Colors[v % 3]).SelectMany(c => new float[] { c.R, c.G, c.B })];
        float[] scores = [.. Enumerable.Range(0, TestModel.TokenCount).SelectMany(v => Enumerable.Range(0, 3).Select(k => k == (v + 1) % 3 ? 7f : k))];
        OnnxValue Painted(float[] table) => graph.UpsampleNearest(graph.Transpose(graph.Gather(graph.Constant(table, TestModel.TokenCount, 3), tokens), 0, 3, 1, 2), TestModel.Stride);
        graph.Output(Painted(colors), "maskige", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue found = Painted(scores);
        if (givesLabels)
        {
            graph.Output(graph.Cast(graph.ArgMax(found, 1), OnnxType.UInt8), "labels", OnnxType.UInt8, "batch", "height", "width");
        }
        else
        {
            graph.Output(found, "scores", OnnxType.Float, "batch", 3, "height", "width");
        }

        return graph.ToBytes();
    }
}
