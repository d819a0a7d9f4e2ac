using Google.Protobuf;
using GSS.Core;
using GSS.Core.OnnxSchema;
using GSS.Torch;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Tests;

/// <summary>ResNets whose weights come out of ONNX files: Microsoft's package against ONNX Runtime on the package's own file, and files with the forms that exporters write.</summary>
[TestClass]
public sealed class ResNetInOnnxTests
{
    private static readonly string s_file = Path.Combine(AppContext.BaseDirectory, "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

    // The sums behind the last blocks of the four stages, after ReLU.
    private static readonly string[] s_levels = ["ReLU283_Output_0", "ReLU315_Output_0", "ReLU347_Output_0", "ReLU393_Output_0"];

    [TestMethod]
    [DataRow(224, 224)]
    [DataRow(96, 160)]
    public void Levels_of_the_package_are_those_of_ONNX_Runtime_on_its_file(int height, int width)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        ImageEncoder description = ImageEncoders.ResNet18ImageNet();
        using EncoderNetwork network = description.CreateNetwork();
        description.LoadWeights(network);
        network.eval();
        using var generator = new Generator(5, CPU);
        Tensor image = randint(0, 256, [1, 3, height, width], generator: generator).to(ScalarType.Float32);
        Tensor mean = tensor([.. network.InputMean]).reshape(1, 3, 1, 1), deviation = tensor([.. network.InputDeviation]).reshape(1, 3, 1, 1);
        Tensor[] levels = network.call((image - mean) / deviation);
        float[][] expected = RunPackage((image - mean).flip(1), height, width);
        for (int i = 0; i < levels.Length; i++)
        {
            float[] found = levels[i].contiguous().data<float>().ToArray();
            Assert.HasCount(expected[i].Length, found);
            float range = expected[i].Max() - expected[i].Min();
            Assert.IsLessThan(1e-3f * range, found.Zip(expected[i], (a, b) => Math.Abs(a - b)).Max(), $"level {i}");
        }

        int count = network.state_dict().Keys.Count(name => !name.EndsWith("num_batches_tracked", StringComparison.Ordinal));
        Assert.AreEqual($"{count} entries of '{s_file}' were read into ResNet-18 ImageNet, all that it has.", network.LoadedWeights!.ToString());
    }

    [TestMethod]
    [DataRow(false, false)]
    [DataRow(false, true)]
    [DataRow(true, false)]
    [DataRow(true, true)]
    public void Files_of_exporters_give_the_network_back(bool bottleneck, bool folded)
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var folder = new TemporaryFolder();
        using ResNet network = Small(bottleneck, seed: 3), other = Small(bottleneck, seed: 4);
        string path = folder.File("exported.onnx");
        File.WriteAllBytes(path, Export(network, folded));
        using (WeightFile file = WeightFile.Open(path))
        {
            WeightLoading.Load(other, new NamedTensors(path, other.FindIn((OnnxWeightFile)file)!), "small");
        }

        network.eval();
        other.eval();
        using var generator = new Generator(8, CPU);
        Tensor image = randn([2, 3, 64, 96], generator: generator);
        foreach ((Tensor expected, Tensor found) in network.call(image).Zip(other.call(image)))
        {
            TorchTest.AssertClose(expected, found, 2e-4f, "level");
        }
    }

    [TestMethod]
    public void MobileNetV2_is_found_by_the_order_of_its_convolutions()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var folder = new TemporaryFolder();
        using var network = Shaken(new MobileNetV2(width: 0.25), seed: 5);
        using var other = Shaken(new MobileNetV2(width: 0.25), seed: 6);
        var graph = new OnnxGraph("small");
        OnnxValue[] levels = network.ToOnnx(graph, graph.Input("image", OnnxType.Float, "batch", 3, "height", "width"));
        graph.Output(levels[^1], "features", OnnxType.Float, "batch", 1280, "rows", "columns");
        using var file = (OnnxWeightFile)WeightFile.Open(new MemoryStream(graph.ToBytes()), "mobile.onnx");
        WeightLoading.Load(other, new NamedTensors("mobile.onnx", other.FindIn(file)!), "small");
        network.eval();
        other.eval();
        using var generator = new Generator(9, CPU);
        Tensor image = randn([1, 3, 64, 64], generator: generator);
        foreach ((Tensor expected, Tensor found) in network.call(image).Zip(other.call(image)))
        {
            TorchTest.AssertClose(expected, found, 2e-4f, "level");
        }

        using ResNet residual = Small(bottleneck: false, seed: 1);
        using var wrong = (OnnxWeightFile)WeightFile.Open(new MemoryStream(Export(residual, folded: true)), "residual.onnx");
        Assert.Contains("'residual.onnx' has 20 convolutions, expected 52", Assert.ThrowsExactly<WeightFileException>(() => other.FindIn(wrong)).Message);
    }

    [TestMethod]
    public void A_file_with_another_network_is_refused_in_one_sentence()
    {
        using DisposeScope scope = TorchTest.NewScope();
        using IDisposable noGradient = no_grad();
        using var folder = new TemporaryFolder();
        ImageEncoder plain = ImageEncoders.ResNet18(s_file);
        using EncoderNetwork network = plain.CreateNetwork();
        Assert.AreEqual(
            $"The ONNX file '{s_file}' goes on behind the 2 blocks of the last stage, expected no more blocks: name a file with the network that you chose, or weights in another format, whose names tell what they are.",
            Assert.ThrowsExactly<WeightFileException>(() => plain.LoadWeights(network)).Message);

        ImageEncoder deeper = ImageEncoders.ResNet50(s_file);
        using EncoderNetwork fifty = deeper.CreateNetwork();
        Assert.Contains("expected ", Assert.ThrowsExactly<WeightFileException>(() => deeper.LoadWeights(fifty)).Message);

        using ResNet small = Small(bottleneck: false, seed: 1);
        string path = folder.File("small.onnx");
        File.WriteAllBytes(path, Export(small, folded: true));
        ImageEncoder featurizer = ImageEncoders.ResNet18ImageNet(path);
        using EncoderNetwork large = featurizer.CreateNetwork();
        Assert.Contains(path, Assert.ThrowsExactly<WeightFileException>(() => featurizer.LoadWeights(large)).Message);

        Assert.AreEqual(
            "The ImageNet weights 'nowhere/ResNet18.onnx' do not exist: add their package to the application with 'dotnet add package Microsoft.ML.DnnImageFeaturizer.ResNet18', or name its ResNet18.onnx.",
            Assert.ThrowsExactly<WeightFileException>(() => ImageEncoders.ResNet18ImageNet("nowhere/ResNet18.onnx")).Message);
    }

    private static ResNet Small(bool bottleneck, int seed) => Shaken(new ResNet(bottleneck ? 50 : 18, stemChannels: 8, baseChannels: 8), seed);

    /// <summary>Gives every number of a network another value.</summary>
    private static T Shaken<T>(T network, int seed)
        where T : EncoderNetwork
    {
        using var generator = new Generator((ulong)seed, CPU);
        foreach ((string name, Tensor value) in network.state_dict())
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal))
            {
                value.copy_(rand(value.shape, generator: generator).add(0.5));
            }
            else if (value.dtype == ScalarType.Float32)
            {
                value.copy_(randn(value.shape, generator: generator).mul(name.Contains("conv", StringComparison.Ordinal) || value.dim() > 1 ? 0.2 : 0.5));
            }
        }

        return network;
    }

    /// <summary>The network as our own export writes it (normalisations folded), or as PyTorch does in training mode (with normalisations and raw data).</summary>
    private static byte[] Export(ResNet network, bool folded)
    {
        var graph = new OnnxGraph("small");
        OnnxValue x = graph.Input("image", OnnxType.Float, "batch", 3, "height", "width");
        OnnxValue[] levels = folded ? network.ToOnnx(graph, x) : Unfolded(network, graph, x);
        graph.Output(graph.Add("GlobalAveragePool", [levels[^1]]), "mean", OnnxType.Float, "batch", network.Channels[^1], 1, 1);
        return graph.ToBytes();
    }

    private static OnnxValue[] Unfolded(ResNet network, OnnxGraph graph, OnnxValue image)
    {
        Dictionary<string, Tensor> state = network.state_dict();
        OnnxValue Constant(string name) => graph.Constant(state[name].contiguous().data<float>().ToArray(), state[name].shape);
        OnnxValue Layer(OnnxValue x, string convolution, string norm, long stride)
        {
            long kernel = state[convolution + ".weight"].shape[2];
            OnnxValue y = graph.Conv(x, Constant(convolution + ".weight"), OnnxValue.None, kernel, stride, kernel / 2);
            return graph.Add("BatchNormalization", [y, Constant(norm + ".weight"), Constant(norm + ".bias"), Constant(norm + ".running_mean"), Constant(norm + ".running_var")], ("epsilon", 1e-5f));
        }

        OnnxValue x = graph.MaxPool(graph.Relu(Layer(image, "conv1", "bn1", 2)), 3, 2, 1);
        var levels = new OnnxValue[4];
        for (int level = 0; level < 4; level++)
        {
            for (int i = 0; i < network.Levels[level].Count; i++)
            {
                ResidualBlock block = network.Levels[level][i];
                string prefix = $"layer{level + 1}.{i}";
                OnnxValue y = x;
                for (int c = 0; c < block.Convolutions.Length; c++)
                {
                    y = Layer(y, $"{prefix}.conv{c + 1}", $"{prefix}.bn{c + 1}", block.Convolutions[c].stride[0]);
                    y = c < block.Convolutions.Length - 1 ? graph.Relu(y) : y;
                }

                OnnxValue shortcut = block.ShortcutLayers is var (convolution, _) ? Layer(x, prefix + ".downsample.0", prefix + ".downsample.1", convolution.stride[0]) : x;
                x = graph.Relu(graph.Add(y, shortcut));
            }

            levels[level] = x;
        }

        return levels;
    }

    private static float[][] RunPackage(Tensor image, int height, int width)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(s_file));
        model.Graph.Output.Clear();
        foreach (string level in s_levels)
        {
            model.Graph.Output.Add(new ValueInfoProto { Name = level, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1 } } });
        }

        // The pooling behind the last stage is for 224 pixels, and so is the size that the file names.
        model.Graph.Node.RemoveAt(model.Graph.Node.Count - 1);
        (model.Graph.Input.Single(input => input.Name == "Input247").Type.TensorType.Shape.Dim[2].DimValue, model.Graph.Input.Single(input => input.Name == "Input247").Type.TensorType.Shape.Dim[3].DimValue) = (height, width);
        using var quiet = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(model.ToByteArray(), quiet);
        using OrtValue given = OrtValue.CreateTensorValueFromMemory(image.contiguous().data<float>().ToArray(), image.shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["Input247"], [given], s_levels);
        return [.. results.Select(result => result.GetTensorDataAsSpan<float>().ToArray())];
    }

    // As a notebook finds it, which copies nothing.
    [TestMethod]
    public void The_file_is_found_in_the_package_too()
    {
        string package = Directory.CreateTempSubdirectory("gss-package-").FullName;
        try
        {
            string library = Path.Combine(package, "lib", "netstandard2.0", "library.dll"), file = Path.Combine(package, "tools", "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");
            Assert.IsNull(FeaturizerFile.InPackage(library));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "");
            Assert.AreEqual(file, FeaturizerFile.InPackage(library));
            Assert.IsNull(FeaturizerFile.InPackage(""));
            Assert.AreEqual(s_file, FeaturizerFile.Find(), "A build has copied it.");
        }
        finally
        {
            Directory.Delete(package, recursive: true);
        }
    }
}
