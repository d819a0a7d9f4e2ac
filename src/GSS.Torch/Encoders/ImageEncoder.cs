using GSS.Core;
using TorchSharp;

namespace GSS.Torch;

/// <summary>The description of an image encoder I_ψ (a backbone with four levels of features, the finest at stride 4): which network, and where its first weights come from. Immutable; choose one from <see cref="ImageEncoders"/>.</summary>
public abstract class ImageEncoder : IHasIdentity
{
    private protected ImageEncoder(string name, string? weights)
    {
        Name = name;
        Weights = weights;
    }

    /// <summary>The network's usual name, such as <c>ResNet-18</c>.</summary>
    public string Name { get; }

    /// <summary>The file that the first weights are read from, safetensors, PyTorch's (<c>.pth</c>, <c>.pt</c>, <c>.pkl</c>) or ONNX, told apart by its contents; null when training starts from random weights.</summary>
    public string? Weights { get; }

    string IHasIdentity.Identity => Weights is null ? Name : $"{Name} with weights of {FileContent.Identity(Weights)}";

    /// <summary>The stride of the coarsest level.</summary>
    internal virtual int CoarsestStride => 32;

    /// <summary>Makes the network with fresh weights, without reading <see cref="Weights"/>.</summary>
    internal abstract EncoderNetwork CreateNetwork();

    /// <summary>Reads <see cref="Weights"/>, where they are named, into a network of this description, whatever names their authors gave them; <see cref="EncoderNetwork.LoadedWeights"/> tells what was read.</summary>
    /// <exception cref="WeightFileException">The file is damaged, or its tensors do not fit the network; every mismatch is listed.</exception>
    internal void LoadWeights(EncoderNetwork network)
    {
        if (Weights is { } path)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using WeightFile file = WeightFile.Open(path);
            network.LoadedWeights = file is OnnxWeightFile onnx && network.FindIn(onnx) is { } found
                ? WeightLoading.Load(network, new NamedTensors(path, found), Name)
                : WeightLoading.Load(network, file, Name, EncoderNames.For(network.NamesIn, file.Names));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Weights is null ? Name : $"{Name} ({Path.GetFileName(Weights)})";
}

/// <summary>
/// A backbone: RGB normalised by <see cref="InputMean"/> and <see cref="InputDeviation"/>, <c>[B, 3, H, W]</c>, to four feature maps
/// <c>[B, Channels[i], ceil(H/s), ceil(W/s)]</c> with s = 4, 8, 16, 32; s = 4, 8, 8, 8 where a ResNet is dilated.
/// </summary>
internal abstract class EncoderNetwork(string name) : torch.nn.Module<torch.Tensor, torch.Tensor[]>(name)
{
    /// <summary>The last stage of <see cref="StageOf"/> and one more.</summary>
    public const int StageCount = 5;

    /// <summary>Which stage a parameter or module belongs to: 0 is the stem, 1 to 4 are the stages that end in the four levels.</summary>
    /// <param name="name">Its name in the network.</param>
    public virtual int StageOf(string name) => StageCount - 1;

    /// <summary>Channels of the four levels, finest first.</summary>
    public abstract IReadOnlyList<int> Channels { get; }

    /// <summary>What is subtracted from red, green and blue in 0..255; ImageNet's mean, unless the published weights expect something else.</summary>
    public virtual IReadOnlyList<float> InputMean => [123.675f, 116.28f, 103.53f];

    /// <summary>What red, green and blue are divided by then; ImageNet's standard deviation, unless the published weights expect something else.</summary>
    public virtual IReadOnlyList<float> InputDeviation => [58.395f, 57.12f, 57.375f];

    /// <summary>What was read from a weight file; null where the first weights are random.</summary>
    public LoadedWeights? LoadedWeights { get; set; }

    /// <summary>The network as ONNX operators, for any batch, height and width, batch normalisations folded into the convolutions before them.</summary>
    /// <param name="graph">Where the operators go.</param>
    /// <param name="image">The normalised image <c>[B, 3, H, W]</c>.</param>
    /// <returns>The four levels, as <c>forward</c> gives them in evaluation.</returns>
    public abstract OnnxValue[] ToOnnx(OnnxGraph graph, OnnxValue image);

    /// <summary>What a weight file calls this network's tensors. By default the network's own names.</summary>
    /// <param name="names">All names in the file, without what wrappers put before them: they tell who wrote it.</param>
    public virtual WeightNames NamesIn(IReadOnlyCollection<string> names) => WeightNames.Unchanged;

    /// <summary>Finds this network's tensors in an ONNX file by its operators; null where only names can tell. Made in the caller's scope.</summary>
    /// <exception cref="WeightFileException">The file holds another network.</exception>
    public virtual IReadOnlyDictionary<string, torch.Tensor>? FindIn(OnnxWeightFile file) => null;

    /// <summary>Draws which samples skip which residual branches in the next training step (stochastic depth); networks without it draw nothing.</summary>
    /// <param name="random">Decides everything, so that a step can be repeated.</param>
    /// <param name="batch">Samples of the step.</param>
    public virtual void DrawSkippedPaths(Random random, int batch)
    {
    }

    /// <summary>TorchSharp would register every field once more under its own name; all components are registered by hand here.</summary>
    protected override void RegisterComponents()
    {
    }
}

/// <summary>An encoder that a function makes.</summary>
internal sealed class NetworkEncoder(string name, string? weights, Func<EncoderNetwork> create) : ImageEncoder(name, weights)
{
    internal override EncoderNetwork CreateNetwork() => create();
}
