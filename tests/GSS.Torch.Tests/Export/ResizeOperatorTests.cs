using GSS.Core;
using GSS.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>Resizing as PyTorch does it, in ONNX and in training.</summary>
[TestClass]
public sealed class ResizeOperatorTests
{
    [TestMethod]
    [DataRow(10, 14)]
    [DataRow(13, 9)]
    [DataRow(3, 4)]
    [DataRow(5, 7)]
    [DataRow(40, 56)]
    public void The_ONNX_operators_equal_PyTorch(int height, int width)
    {
        GoldenFile golden = GoldenFile.Open("i_resize.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        Tensor x = TorchTest.Golden(golden, "x");
        Tensor Run(Func<OnnxGraph, OnnxValue, OnnxValue, OnnxValue> resize)
        {
            var graph = new OnnxGraph("resize");
            OnnxValue input = graph.Input("x", OnnxType.Float, "batch", 2, "height", "width");
            graph.Output(resize(graph, input, graph.Constant(height, width)), "y", OnnxType.Float, "batch", 2, "new_height", "new_width");
            using var model = new OnnxRun(graph.ToBytes());
            return model.FloatsToFloats("x", x, "y");
        }

        TorchTest.AssertClose(TorchTest.Golden(golden, $"bilinear_{height}x{width}_ac0"), Run((graph, input, size) => graph.ResizeBilinear(input, size)), 1e-5, "bilinear");
        TorchTest.AssertClose(TorchTest.Golden(golden, $"nearest_{height}x{width}"), Run((graph, input, size) => graph.ResizeNearest(input, size)), 1e-5, "nearest");
        if ((height, width) == (10, 14))
        {
            TorchTest.AssertClose(TorchTest.Golden(golden, "nearest_scale2"), Run((graph, input, _) => graph.UpsampleNearest(input, 2)), 1e-5, "nearest, twice");
            TorchTest.AssertClose(TorchTest.Golden(golden, "nearest_scale2"), TokenizerNetwork.Enlarge(x, 2), 1e-5, "enlarged");
        }
    }

    [TestMethod]
    public void Doubled_label_maps_are_those_of_the_references_vote()
    {
        GoldenFile golden = GoldenFile.Open("i_resize.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using TokenizerNetwork tokenizer = new DalleDVae(new DalleSize(4, 8, 16), stride: 4);
        TorchTest.AssertEqual(TorchTest.Golden(golden, "label_onehot_bilinear_argmax_18x22"), PriorLosses.Enlarge(TorchTest.Golden(golden, "label").squeeze(1), tokenizer), "labels");
    }

    [TestMethod]
    public void A_cell_counts_where_one_of_its_pixels_is_labelled()
    {
        GoldenFile golden = GoldenFile.Open("i_resize.safetensors");
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var tokenizer = new DalleDVae(new DalleSize(4, 8, 16), stride: 8);
        DalleDVaeTests.Randomize(tokenizer);
        Tensor labels = where(TorchTest.Golden(golden, "valid").squeeze(1).gt(0), zeros(1, 32, 48, dtype: int64), full([1, 32, 48], LabelMap.Void, dtype: int64));
        Tensor targets = PriorLosses.TokenTargets(labels, null, zeros(1, 3), tokenizer);
        TorchTest.AssertEqual(TorchTest.Golden(golden, "valid_maxpool8").squeeze(1).to(int64), targets.ne(PriorLosses.IgnoredToken).to(int64), "cells");
    }
}
