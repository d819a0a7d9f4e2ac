using System.Collections.Concurrent;
using GSS.Core;
using GSS.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GSS.ML.Tests;

/// <summary>Engines that share one model, in a process of its own: memory that is freed under a run ends it without an exception.</summary>
[TestClass]
public sealed class SharedModelTests
{
    private const string ModelVariable = "GSS_TEST_SHARED_MODEL";
    private const int Requests = 300;

    [TestMethod]
    public void Engines_of_one_model_go_on_when_others_are_disposed_under_them()
    {
        (string output, string error, int exitCode) = ChildProcess.RunBoth("share", [], (ModelVariable, SavedByOlderVersionsTests.SegmenterZip));
        string expected = string.Join(Environment.NewLine, "the second engine after the first was disposed: True", "a pool of four: 300 of 300", "used again after all: True", "disposed while predicting: True", "Model disposed: ObjectDisposedException");
        Assert.AreEqual((expected, 0), (output.Trim(), exitCode), error);
    }

    /// <summary>What the child process does.</summary>
    public static void Share()
    {
        var context = new MLContext();
        var model = (GenerativeSegmentationTransformer)context.Model.Load(Environment.GetEnvironmentVariable(ModelVariable)!, out _);
        RgbImage[] images = [.. Enumerable.Range(0, 4).Select(i => TinyScenes.Draw(i).Image)];
        LabelMap[] expected = [.. images.Select(image => model.Model.Predict(image).Labels)];
        PredictionEngine<Photo, Prediction> Open() => context.Model.CreatePredictionEngine<Photo, Prediction>(model);
        bool Right(PredictionEngine<Photo, Prediction> engine, int i) => expected[i % 4].Equals(engine.Predict(new Photo { Image = TinyScenes.ToMLImage(images[i % 4]) }).PredictedLabel);

        PredictionEngine<Photo, Prediction> first = Open(), second = Open();
        first.Dispose();
        Console.WriteLine($"the second engine after the first was disposed: {Right(second, 0)}");
        second.Dispose();

        // Every third request ends its engine, and with it the transformer, as a pool does that has enough of them.
        var pool = new ConcurrentBag<PredictionEngine<Photo, Prediction>>([Open(), Open(), Open(), Open()]);
        int right = 0;
        Parallel.For(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            PredictionEngine<Photo, Prediction> engine = pool.TryTake(out PredictionEngine<Photo, Prediction>? pooled) ? pooled : Open();
            Interlocked.Add(ref right, Right(engine, i) ? 1 : 0);
            if (i % 3 == 0)
            {
                engine.Dispose();
            }
            else
            {
                pool.Add(engine);
            }
        });
        Console.WriteLine($"a pool of four: {right} of {Requests}");
        foreach (PredictionEngine<Photo, Prediction> engine in pool)
        {
            engine.Dispose();
        }

        using PredictionEngine<Photo, Prediction> last = Open();
        Console.WriteLine($"used again after all: {Right(last, 1)}");
        model.Dispose();
        Console.WriteLine($"disposed while predicting: {DisposeWhilePredicting(model.Package, images, expected)}");
        model.Model.Dispose();
        try
        {
            Right(last, 2);
        }
        catch (Exception e)
        {
            Console.WriteLine($"Model disposed: {e.GetType().Name}");
        }
    }

    /// <summary>Threads predict until they are told that the model is disposed; whatever they get before is right.</summary>
    private static bool DisposeWhilePredicting(SegmentationModelPackage package, RgbImage[] images, LabelMap[] expected)
    {
        bool right = true;
        for (int round = 0; round < 5; round++)
        {
            var model = new SegmentationModel(package);
            Task[] threads = [.. Enumerable.Range(0, 4).Select(i => Task.Run(() =>
            {
                while (true)
                {
                    right &= expected[i].Equals(model.Predict(images[i]).Labels);
                }
            }))];
            Thread.Sleep(20);
            model.Dispose();
            foreach (Task thread in threads)
            {
                ((IAsyncResult)thread).AsyncWaitHandle.WaitOne();
                right &= thread.Exception!.InnerException is ObjectDisposedException;
            }
        }

        return right;
    }
}
