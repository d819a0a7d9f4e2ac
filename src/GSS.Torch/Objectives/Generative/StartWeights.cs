using GSS.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Weights of a trained latent prior that another run starts from (paper, Table 7).</summary>
/// <param name="Weights">What <see cref="Of"/> gave.</param>
/// <param name="ClassNames">The classes that they were trained for.</param>
/// <param name="Encoder">The name of their encoder, for messages.</param>
internal sealed record StartWeights(byte[] Weights, IReadOnlyList<string> ClassNames, string Encoder)
{
    /// <summary>All weights of a network as a <c>.safetensors</c> file.</summary>
    public static byte[] Of(LatentPriorNetwork network)
    {
        using DisposeScope scope = NewDisposeScope();
        using var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream, [.. network.state_dict().Select(entry => (entry.Key, entry.Value))]);
        return stream.ToArray();
    }

    /// <summary>
    /// Fills a network: the encoder whole; of the head what has the same shape, which is all but the auxiliary head where the tokenizer and the head are the same; and of the auxiliary head the rows of classes
    /// that have the same name in both.
    /// </summary>
    /// <param name="network">The network, with its first weights.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="encoder">Its encoder's name, for messages.</param>
    /// <returns>A sentence for the log.</returns>
    /// <exception cref="WeightFileException">They are damaged, or of another encoder.</exception>
    public string FillIn(LatentPriorNetwork network, SegmentationClasses classes, string encoder)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using SafeTensorsFile file = SafeTensorsFile.Open(new MemoryStream(Weights, writable: false), "the weights of StartFrom");
        var left = new List<string>();
        string auxiliary = $"head.{network.Head.named_modules().FirstOrDefault(module => ReferenceEquals(module.module, network.Head.Auxiliary)).name}.";
        foreach ((string name, Tensor target) in network.state_dict())
        {
            bool fits = file.Find(name) is { } entry && entry.Shape.AsSpan().SequenceEqual(target.shape);
            if (name.StartsWith("encoder.", StringComparison.Ordinal) && !fits)
            {
                throw new WeightFileException($"The model in StartFrom has the encoder {Encoder}, found {encoder} in the options, expected the same network ('{name}' {(file.Find(name) is { } other ? $"is [{string.Join(", ", other.Shape)}] there and [{string.Join(", ", target.shape)}] here" : "is missing there")}): name that encoder, or set StartFromEncoder to false to share the palette alone.");
            }

            if (network.Head.Auxiliary is not null && name.StartsWith(auxiliary, StringComparison.Ordinal))
            {
                CopyRows(file, name, target, classes);
            }
            else if (fits)
            {
                target.copy_(file.Read(name));
            }
            else
            {
                left.Add(name);
            }
        }

        string[] known = [.. classes.Names.Intersect(ClassNames)];
        return $"Training starts from the weights of StartFrom; of {classes.Count} classes {known.Length} were known to it"
            + (left.Count == 0 ? "." : $"; {left.Count} tensors of the head begin anew, since its shape or its tokenizer is another.");
    }

    /// <summary>Rows of classes that both know; the others keep their first weights.</summary>
    private void CopyRows(SafeTensorsFile file, string name, Tensor target, SegmentationClasses classes)
    {
        if (file.Find(name) is not { } entry || !entry.Shape.AsSpan(1).SequenceEqual(target.shape.AsSpan(1)))
        {
            return;
        }

        Tensor rows = file.Read(name);
        List<string> known = [.. ClassNames];
        for (int i = 0; i < classes.Count; i++)
        {
            int old = known.IndexOf(classes.Names[i]);
            if (old >= 0)
            {
                target.select(0, i).copy_(rows.select(0, old));
            }
        }
    }
}
