using GSS.Core;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Palettes as tensors.</summary>
internal static class PaletteTensors
{
    /// <summary>β, <c>[K, 3]</c> in 0..1, in the caller's scope.</summary>
    public static Tensor ToTensor(this MaskigePalette palette) =>
        tensor(palette.Colors.SelectMany(c => new[] { c.R / 255f, c.G / 255f, c.B / 255f }).ToArray(), [palette.Count, 3]);
}
