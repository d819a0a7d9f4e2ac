using System.Reflection;

namespace GSS.Torch;

/// <summary>Where Microsoft's package of an ImageNet ResNet-18 has put its file.</summary>
internal static class FeaturizerFile
{
    private const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";
    private static readonly string Below = Path.Combine("DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

    /// <summary>
    /// The file in the application's folder, where a build copies it, or else in the package itself: a notebook uses packages where they lie and builds nothing.
    /// Where it is in neither, the place in the application's folder, for the message.
    /// </summary>
    public static string Find()
    {
        string copied = Path.Combine(AppContext.BaseDirectory, Below);
        return File.Exists(copied) ? copied : InPackage(Location()) ?? copied;
    }

    /// <summary>The file of the package whose library is at a path, which is <c>lib/netstandard2.0</c> below the package's folder; null where there is none.</summary>
    public static string? InPackage(string library)
    {
        string? folder = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(library)));
        string? file = folder is null ? null : Path.Combine(folder, "tools", Below);
        return File.Exists(file) ? file : null;
    }

    private static string Location()
    {
        try
        {
            return Assembly.Load(Package).Location;
        }
        catch (Exception notThere) when (notThere is IOException or BadImageFormatException)
        {
            return "";
        }
    }
}
