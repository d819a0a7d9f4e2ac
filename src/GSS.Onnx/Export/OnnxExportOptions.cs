using GSS.Core;

namespace GSS.Onnx;

/// <summary>The numbers of an exported file's image.</summary>
public enum OnnxImageType
{
    /// <summary>32-bit numbers in 0..255: what ML.NET's <c>ExtractPixels</c> gives.</summary>
    Float,

    /// <summary>Bytes: what an image library gives.</summary>
    UInt8,
}

/// <summary>How an exported file's image lies in memory.</summary>
public enum OnnxImageLayout
{
    /// <summary>Planes, <c>[B, 3, H, W]</c>.</summary>
    Chw,

    /// <summary>Pixels, <c>[B, H, W, 3]</c>.</summary>
    Hwc,
}

/// <summary>The order of an exported file's three channels.</summary>
public enum OnnxChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red: what OpenCV gives.</summary>
    Bgr,
}

/// <summary>How an exported file stores its weights.</summary>
public enum OnnxWeightStorage
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits: half the size. It computes in 32 bits, with weights that are rounded by up to 1/2048.</summary>
    Float16,
}

/// <summary>What <see cref="SegmentationModel.ExportToOnnx"/> writes.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Gets the numbers of the input <c>image</c>.</summary>
    /// <value>The default value is <see cref="OnnxImageType.Float"/>.</value>
    public OnnxImageType ImageType { get; init; }

    /// <summary>Gets how the input <c>image</c> lies in memory.</summary>
    /// <value>The default value is <see cref="OnnxImageLayout.Chw"/>.</value>
    public OnnxImageLayout Layout { get; init; }

    /// <summary>Gets the order of the channels of the input <c>image</c>.</summary>
    /// <value>The default value is <see cref="OnnxChannelOrder.Rgb"/>.</value>
    public OnnxChannelOrder ChannelOrder { get; init; }

    /// <summary>Gets the images that run together, 1 or more; null takes any number.</summary>
    /// <value>The default value is null.</value>
    public int? BatchSize { get; init; }

    /// <summary>Gets the width of the images in pixels, 1 or more; null takes any. Given together with <see cref="Height"/>.</summary>
    /// <value>The default value is null. <c>ApplyOnnxModel</c> of ML.NET wants a number.</value>
    public int? Width { get; init; }

    /// <summary>Gets the height of the images in pixels, 1 or more; null takes any. Given together with <see cref="Width"/>.</summary>
    /// <value>The default value is null.</value>
    public int? Height { get; init; }

    /// <summary>Gets what the file gives beside <c>labels</c> uint8 <c>[B, H, W]</c>: <c>maskige</c> uint8 <c>[B, H, W, 3]</c>, <c>confidence</c> float <c>[B, H, W]</c>.</summary>
    /// <value>The default value is <see cref="SegmentationOutputs.Labels"/>, the label map alone.</value>
    public SegmentationOutputs Outputs { get; init; }

    /// <summary>
    /// Gets whether the file gives <c>scores</c> float <c>[B, K, H, W]</c>, the largest of which decides: the logits of a per-pixel model, those of X⁻¹ where it is a network,
    /// else minus the squared distance between the maskige's colour and that of each class, with colours in 0..1.
    /// </summary>
    /// <value>The default value is false. Tokenizers that paint maskiges of twice the size, whose pixels vote, have no such scores, and per-pixel models of earlier versions none in their files.</value>
    public bool Scores { get; init; }

    /// <summary>Gets how weights are stored.</summary>
    /// <value>The default value is <see cref="OnnxWeightStorage.Float32"/>.</value>
    public OnnxWeightStorage Weights { get; init; }

    /// <summary>
    /// Gets whether the weights lie in a second file beside the model, <c>street.onnx.1f3a9c2e.data</c>, which goes where the model goes (ONNX: external data). A model of more than 2 GB has them there
    /// in any case, since one file of that format cannot be larger.
    /// </summary>
    /// <value>The default value is false.</value>
    /// <remarks>A pipeline with <c>ApplyOnnxModel</c> keeps the model alone when it is saved, without the second file.</remarks>
    public bool ExternalData { get; init; }

    /// <summary>Gets the licence of the weights, such as <c>CC-BY-NC-4.0</c>, written into the file's metadata; null writes none.</summary>
    /// <value>The default value is null.</value>
    public string? License { get; init; }

    internal void ThrowIfInvalid()
    {
        var faults = new List<string>();
        Require(Enum.IsDefined(ImageType), $"{nameof(ImageType)} is {ImageType}, expected {nameof(OnnxImageType.Float)} or {nameof(OnnxImageType.UInt8)}");
        Require(Enum.IsDefined(Layout), $"{nameof(Layout)} is {Layout}, expected {nameof(OnnxImageLayout.Chw)} or {nameof(OnnxImageLayout.Hwc)}");
        Require(Enum.IsDefined(ChannelOrder), $"{nameof(ChannelOrder)} is {ChannelOrder}, expected {nameof(OnnxChannelOrder.Rgb)} or {nameof(OnnxChannelOrder.Bgr)}");
        Require(BatchSize is null or >= 1, $"{nameof(BatchSize)} is {BatchSize}, expected null, or 1 or more");
        Require(Width is null or >= 1, $"{nameof(Width)} is {Width}, expected null, or 1 or more");
        Require(Height is null or >= 1, $"{nameof(Height)} is {Height}, expected null, or 1 or more");
        Require((Width is null) == (Height is null), $"{nameof(Width)} is {Text(Width)} and {nameof(Height)} is {Text(Height)}, expected both or neither");
        Require((Outputs & ~(SegmentationOutputs.Maskige | SegmentationOutputs.Confidence)) == 0, $"{nameof(Outputs)} is {(int)Outputs}, expected {nameof(SegmentationOutputs)}");
        Require(Enum.IsDefined(Weights), $"{nameof(Weights)} is {Weights}, expected {nameof(OnnxWeightStorage.Float32)} or {nameof(OnnxWeightStorage.Float16)}");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The {nameof(OnnxExportOptions)} cannot be used: {string.Join("; ", faults)}.");
        }

        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }

        static string Text(int? number) => number is { } given ? $"{given}" : "null";
    }
}
