using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Finds a ResNet's tensors in an ONNX file by walking along its operators: names in such files tell nothing, and normalisations are often folded away.</summary>
internal static class ResNetInOnnx
{
    /// <summary>The tensors by the network's names; the caller disposes them.</summary>
    /// <param name="network">Whose layers are looked for, with the plain stem.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="WeightFileException">It holds another network.</exception>
    public static Dictionary<string, Tensor> Find(ResNet network, OnnxWeightFile file)
    {
        var layers = new OnnxLayers(file);
        var named = new Dictionary<string, Tensor>();
        string prefix = "conv1", value = Add(layers.First(), "conv1", "bn1");
        value = layers.Follow(layers.Follow(value, "Relu"), "MaxPool");
        for (int level = 0; level < network.Levels.Length; level++)
        {
            for (int i = 0; i < network.Levels[level].Count; i++)
            {
                prefix = $"layer{level + 1}.{i}";
                value = Block(network.Levels[level][i], value);
            }
        }

        // The classifier reads a mean; where the last stage goes on, the file's network is deeper.
        return layers.ConvolutionsOf(value).Count == 0 ? named : throw layers.Unlike($"goes on behind the {network.Levels[^1].Count} blocks of the last stage", "no more blocks");

        string Block(ResidualBlock block, string input)
        {
            // What the sum reads at once, without a ReLU between, is the shortcut.
            ILookup<bool, OnnxConvolution> readers = layers.ConvolutionsOf(input).ToLookup(convolution => layers.IsReadBy(convolution.Output, "Add"));
            bool hasShortcut = readers[true].Any();
            if (readers[false].Count() != 1 || hasShortcut != block.Shortcut is not null || readers[true].Count() > 1)
            {
                throw layers.Unlike($"has {readers[false].Count()} residual path(s) and {readers[true].Count()} convolution(s) around them where {prefix} begins (behind '{input}')", $"1 and {(block.Shortcut is null ? 0 : 1)}");
            }

            if (hasShortcut)
            {
                Add(readers[true].Single(), $"{prefix}.downsample.0", $"{prefix}.downsample.1");
            }

            OnnxConvolution path = readers[false].Single();
            for (int i = 0; ; i++)
            {
                string output = Add(path, $"{prefix}.conv{i + 1}", $"{prefix}.bn{i + 1}");
                if (i == block.Convolutions.Length - 1)
                {
                    return layers.Follow(layers.Follow(output, "Add"), "Relu");
                }

                string active = layers.Follow(output, "Relu");
                path = layers.ConvolutionsOf(active) is [var only] ? only : throw layers.Unlike($"has {layers.ConvolutionsOf(active).Count} convolutions behind '{active}' in {prefix}", "1");
            }
        }

        string Add(OnnxConvolution layer, string convolution, string norm)
        {
            layers.Name(layer, convolution, norm, named);
            return layer.Output;
        }
    }
}
