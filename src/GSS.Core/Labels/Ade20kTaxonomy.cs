namespace GSS.Core;

/// <summary>The 150 classes of ADE20K's scene parsing challenge: the first name of each in objectInfo150 and the colours of its colour table (github.com/CSAILVision/sceneparsing).</summary>
internal static class Ade20kTaxonomy
{
    public static readonly string[] Names =
    [
        "wall", "building", "sky", "floor", "tree", "ceiling", "road", "bed", "windowpane", "grass", "cabinet", "sidewalk", "person", "earth",
        "door", "table", "mountain", "plant", "curtain", "chair", "car", "water", "painting", "sofa", "shelf", "house", "sea", "mirror", "rug",
        "field", "armchair", "seat", "fence", "desk", "rock", "wardrobe", "lamp", "bathtub", "railing", "cushion", "base", "box", "column",
        "signboard", "chest of drawers", "counter", "sand", "sink", "skyscraper", "fireplace", "refrigerator", "grandstand", "path", "stairs",
        "runway", "case", "pool table", "pillow", "screen door", "stairway", "river", "bridge", "bookcase", "blind", "coffee table", "toilet",
        "flower", "book", "hill", "bench", "countertop", "stove", "palm", "kitchen island", "computer", "swivel chair", "boat", "bar",
        "arcade machine", "hovel", "bus", "towel", "light", "truck", "tower", "chandelier", "awning", "streetlight", "booth",
        "television receiver", "airplane", "dirt track", "apparel", "pole", "land", "bannister", "escalator", "ottoman", "bottle", "buffet",
        "poster", "stage", "van", "ship", "fountain", "conveyer belt", "canopy", "washer", "plaything", "swimming pool", "stool", "barrel",
        "basket", "waterfall", "tent", "bag", "minibike", "cradle", "oven", "ball", "food", "step", "tank", "trade name", "microwave", "pot",
        "animal", "bicycle", "lake", "dishwasher", "screen", "blanket", "sculpture", "hood", "sconce", "vase", "traffic light", "tray", "ashcan",
        "fan", "pier", "crt screen", "plate", "monitor", "bulletin board", "shower", "radiator", "glass", "clock", "flag",
    ];

    // Road and skyscraper share a colour in the original table, so the colours cannot serve to read label files.
    public static readonly RgbColor[] Colors =
    [
        new(120, 120, 120), new(180, 120, 120), new(6, 230, 230), new(80, 50, 50), new(4, 200, 3), new(120, 120, 80), new(140, 140, 140),
        new(204, 5, 255), new(230, 230, 230), new(4, 250, 7), new(224, 5, 255), new(235, 255, 7), new(150, 5, 61), new(120, 120, 70),
        new(8, 255, 51), new(255, 6, 82), new(143, 255, 140), new(204, 255, 4), new(255, 51, 7), new(204, 70, 3), new(0, 102, 200),
        new(61, 230, 250), new(255, 6, 51), new(11, 102, 255), new(255, 7, 71), new(255, 9, 224), new(9, 7, 230), new(220, 220, 220),
        new(255, 9, 92), new(112, 9, 255), new(8, 255, 214), new(7, 255, 224), new(255, 184, 6), new(10, 255, 71), new(255, 41, 10),
        new(7, 255, 255), new(224, 255, 8), new(102, 8, 255), new(255, 61, 6), new(255, 194, 7), new(255, 122, 8), new(0, 255, 20),
        new(255, 8, 41), new(255, 5, 153), new(6, 51, 255), new(235, 12, 255), new(160, 150, 20), new(0, 163, 255), new(140, 140, 140),
        new(250, 10, 15), new(20, 255, 0), new(31, 255, 0), new(255, 31, 0), new(255, 224, 0), new(153, 255, 0), new(0, 0, 255), new(255, 71, 0),
        new(0, 235, 255), new(0, 173, 255), new(31, 0, 255), new(11, 200, 200), new(255, 82, 0), new(0, 255, 245), new(0, 61, 255),
        new(0, 255, 112), new(0, 255, 133), new(255, 0, 0), new(255, 163, 0), new(255, 102, 0), new(194, 255, 0), new(0, 143, 255),
        new(51, 255, 0), new(0, 82, 255), new(0, 255, 41), new(0, 255, 173), new(10, 0, 255), new(173, 255, 0), new(0, 255, 153), new(255, 92, 0),
        new(255, 0, 255), new(255, 0, 245), new(255, 0, 102), new(255, 173, 0), new(255, 0, 20), new(255, 184, 184), new(0, 31, 255),
        new(0, 255, 61), new(0, 71, 255), new(255, 0, 204), new(0, 255, 194), new(0, 255, 82), new(0, 10, 255), new(0, 112, 255), new(51, 0, 255),
        new(0, 194, 255), new(0, 122, 255), new(0, 255, 163), new(255, 153, 0), new(0, 255, 10), new(255, 112, 0), new(143, 255, 0),
        new(82, 0, 255), new(163, 255, 0), new(255, 235, 0), new(8, 184, 170), new(133, 0, 255), new(0, 255, 92), new(184, 0, 255),
        new(255, 0, 31), new(0, 184, 255), new(0, 214, 255), new(255, 0, 112), new(92, 255, 0), new(0, 224, 255), new(112, 224, 255),
        new(70, 184, 160), new(163, 0, 255), new(153, 0, 255), new(71, 255, 0), new(255, 0, 163), new(255, 204, 0), new(255, 0, 143),
        new(0, 255, 235), new(133, 255, 0), new(255, 0, 235), new(245, 0, 255), new(255, 0, 122), new(255, 245, 0), new(10, 190, 212),
        new(214, 255, 0), new(0, 204, 255), new(20, 0, 255), new(255, 255, 0), new(0, 153, 255), new(0, 41, 255), new(0, 255, 204),
        new(41, 0, 255), new(41, 255, 0), new(173, 0, 255), new(0, 245, 255), new(71, 0, 255), new(122, 0, 255), new(0, 255, 184), new(0, 92, 255),
        new(184, 255, 0), new(0, 133, 255), new(255, 214, 0), new(25, 194, 194), new(102, 255, 0), new(92, 0, 255),
    ];
}
