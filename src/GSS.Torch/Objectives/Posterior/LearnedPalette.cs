using GSS.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>X as a parameter: the palette β, <c>[K, 3]</c> in 0..1 (paper section 3.3: GSS-TF and TT).</summary>
internal sealed class LearnedPalette : IDisposable
{
    private const int Levels = 255;

    /// <summary>Starts from a palette.</summary>
    public LearnedPalette(MaskigePalette start, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter = new Parameter(start.ToTensor().to(device));
        Parameter.DetachFromDisposeScope();
    }

    public Parameter Parameter { get; }

    /// <summary>The colours as they will be kept, in whole steps of 1/255; gradients pass the rounding as if it were not there. In the caller's scope.</summary>
    public Tensor Colors()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor step;
        using (no_grad())
        {
            // The optimizer may have left the cube of colours; from outside it a parameter would need many steps to be seen again.
            Parameter.clamp_(Constant.Of(0), Constant.Of(1));
            step = ((Parameter * Constant.Of(Levels)).round() / Constant.Of(Levels)) - Parameter;
        }

        return Parameter.Plus(step).MoveToOuterDisposeScope();
    }

    /// <summary>The palette. Of colours that became equal, those of the later classes move to the nearest free step of blue.</summary>
    public MaskigePalette ToPalette()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        float[] values = Colors().cpu().contiguous().data<float>().ToArray();
        var colors = new List<RgbColor>(values.Length / 3);
        foreach (float[] value in values.Chunk(3))
        {
            var color = new RgbColor(Step(value[0]), Step(value[1]), Step(value[2]));
            while (colors.Contains(color))
            {
                color = color with { B = (byte)(color.B + 1) };
            }

            colors.Add(color);
        }

        return MaskigePalette.FromColors(colors);
    }

    public void Dispose() => Parameter.Dispose();

    private static byte Step(float value) => (byte)Math.Clamp(Math.Round(value * Levels), 0, Levels);
}
