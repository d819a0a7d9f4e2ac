namespace GSS.Core;

/// <summary>How photographs and label maps of two folders are paired, for data sets in their own layout.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>Cityscapes: <c>ImageSuffix = "_leftImg8bit", LabelSuffix = "_gtFine_labelIds"</c>, folders by city are followed by themselves.</item>
/// <item>CamVid as its authors publish it: <c>LabelSuffix = "_L"</c>.</item>
/// <item>Pascal VOC: <c>SplitList = "ImageSets/Segmentation/train.txt"</c>, or <c>OnlyLabelled = true</c> for all that have a label map.</item>
/// <item><c>x.jpg</c> with <c>x_mask.png</c> in one folder: the folder twice and <c>LabelSuffix = "_mask"</c>.</item>
/// </list>
/// </remarks>
public sealed record FolderOptions
{
    /// <summary>The end of the photographs' stems that pairing leaves out, such as <c>_leftImg8bit</c>; photographs without it are left out.</summary>
    /// <value>The default value is empty.</value>
    public string ImageSuffix { get; init; } = "";

    /// <summary>The end of the label maps' stems that pairing leaves out, such as <c>_gtFine_labelIds</c>; label maps without it are left out.</summary>
    /// <value>The default value is empty.</value>
    public string LabelSuffix { get; init; } = "";

    /// <summary>
    /// A text file that names one photograph a line, with or without folder, suffix and extension; what follows the name after white space is not looked at. Only these are taken,
    /// in this order.
    /// </summary>
    /// <value>The default value is null: all are taken, in ordinal order of their stems.</value>
    public string? SplitList { get; init; }

    /// <summary>Whether photographs without a label map are left out; otherwise they are an error.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool OnlyLabelled { get; init; }
}
