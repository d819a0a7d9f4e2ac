using GSS.Torch;

namespace GSS.ML;

/// <summary>What must fit between a variant, the file of a trained X⁻¹ and the classes.</summary>
internal static class InverseWeightsChecks
{
    private const string Option = "InverseWeights";

    /// <summary>What can be told before any data is there.</summary>
    public static void AddFaults(OptionFaults faults, MaskigeVariant variant, string? inverseWeights)
    {
        bool isTrained = variant is MaskigeVariant.FT or MaskigeVariant.FTW;
        faults.Require(isTrained || inverseWeights is null, Option, inverseWeights, $"null, since the variant {variant} {(variant == MaskigeVariant.TT ? "learns X⁻¹ together with the palette" : "takes the nearest colour")} (FT and FTW read a trained X⁻¹)");
    }

    /// <summary>A file that is named must be there.</summary>
    public static void RequireFile(OptionFaults faults, string? inverseWeights) =>
        faults.Require(inverseWeights is null || File.Exists(inverseWeights), Option, $"'{inverseWeights}', which does not exist", "null or a file of X⁻¹'s weights");

    /// <summary>The file must hold the network of the variant.</summary>
    /// <exception cref="ArgumentException">It holds another.</exception>
    /// <exception cref="WeightFileException">It is damaged or holds none.</exception>
    public static void RequireVariant(MaskigeVariant variant, string? inverseWeights)
    {
        if (inverseWeights is null)
        {
            return;
        }

        TorchNative.EnsureLoaded();
        using InverseNetwork inverse = InverseNetwork.Load(inverseWeights);
        string expected = variant == MaskigeVariant.FT ? "FT" : "FT-W";
        if (inverse.Variant != expected)
        {
            throw new ArgumentException($"{Option} '{inverseWeights}' holds X⁻¹ of {inverse.Variant}, Variant is {variant}, expected that of {expected}: name the other file, or choose the other variant.");
        }
    }
}
