using System.Buffers;
using GSS.Core;

namespace GSS.Onnx;

/// <summary>A batch of photographs as a network takes them: float <c>[B, 3, H, W]</c>, RGB in 0..255, in memory that is borrowed.</summary>
internal sealed class ImageBatch : IDisposable
{
    private readonly float[] _rented;

    /// <summary>Resizes the images to one size and spreads their colours over planes.</summary>
    /// <param name="images">All images.</param>
    /// <param name="batch">The positions of those that belong to the batch.</param>
    /// <param name="size">The size at which the network sees them.</param>
    public ImageBatch(IReadOnlyList<RgbImage> images, int[] batch, (int Width, int Height) size)
    {
        int length = checked(3 * size.Width * size.Height), all = checked(batch.Length * length);
        _rented = ArrayPool<float>.Shared.Rent(all);
        Values = _rented.AsMemory(0, all);
        Shape = [batch.Length, 3, size.Height, size.Width];
        for (int i = 0; i < batch.Length; i++)
        {
            ImagePlanes.Spread(images[batch[i]].Resize(size.Width, size.Height).Pixels, Values.Span.Slice(i * length, length));
        }
    }

    public Memory<float> Values { get; }

    public long[] Shape { get; }

    public void Dispose() => ArrayPool<float>.Shared.Return(_rented);
}
