namespace GSS.Onnx;

/// <summary>How models are scored: threads, device, memory. All but <see cref="Window"/>, <see cref="TestTimeAugmentation"/> and <see cref="ShortSide"/> leave unchanged what is predicted.</summary>
public sealed record ScoringOptions
{
    /// <summary>Gets the number of threads that one prediction uses on the CPU, 1 or more; 0 means one for each core.</summary>
    /// <value>The default value is 0.</value>
    /// <remarks>Threads that wait for work sleep instead of spinning, so that several models, and TorchSharp, can share the cores.</remarks>
    public int ThreadCount { get; init; }

    /// <summary>Gets the CUDA device to score on, 0 or more; null means the CPU.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>
    /// Needs the package Microsoft.ML.OnnxRuntime.Gpu in the application, and Microsoft.ML.OnnxRuntime with <c>ExcludeAssets="all"</c>. A model of
    /// an ML.NET pipeline that was given no options takes the device of its <c>MLContext</c>.
    /// </remarks>
    public int? GpuDeviceId { get; init; }

    /// <summary>Gets whether the CPU is used where the CUDA device cannot be. Ignored when <see cref="GpuDeviceId"/> is null.</summary>
    /// <value>The default value is false: a CUDA device that cannot be used is an error.</value>
    public bool FallbackToCpu { get; init; }

    /// <summary>
    /// Gets the bound on a batch, in bytes, 1 or more: as many images run together as have logits (V numbers for each token) of this size in all, the rest in further slices.
    /// A single image of any size is still run.
    /// </summary>
    /// <value>The default value is 256 MiB.</value>
    /// <remarks>The logits themselves never leave the graph, where only those of one row of tokens are in memory at a time; they are the measure of what a run needs.</remarks>
    public long LogitsMemory { get; init; } = 256L << 20;

    /// <summary>Gets the window in which images larger than it are scored piece by piece; null scores every image whole.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>This changes what is predicted. Only label maps can be predicted so, no maskiges and confidences. Of a <see cref="SegmentationModel"/>.</remarks>
    public SlidingWindow? Window { get; init; }

    /// <summary>Gets the views in which an image, or each of its windows, is scored; null scores it as it is.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>This changes what is predicted. Only label maps can be predicted so, no maskiges and confidences. Of a <see cref="SegmentationModel"/>.</remarks>
    public TestTimeAugmentation? TestTimeAugmentation { get; init; }

    /// <summary>Gets the short side, in pixels, to which images are resized before they are scored; 0 keeps each image's own size, null takes what the model was trained with.</summary>
    /// <value>The default value is null.</value>
    /// <remarks>
    /// This changes what is predicted, always at the size of the image. Of a <see cref="SegmentationModel"/>; networks see best at the size that they were trained at, so a large
    /// picture with more in it than the training photographs wants 0 and a <see cref="Window"/>.
    /// </remarks>
    public int? ShortSide { get; init; }

    /// <summary>The short side that images are resized to; null keeps their size.</summary>
    /// <param name="trained">The model's own.</param>
    internal int? ShortSideOr(int? trained) => ShortSide switch { null => trained, 0 => null, var side => side };

    internal void ThrowIfInvalid()
    {
        var faults = new List<string>();
        if (ThreadCount < 0)
        {
            faults.Add($"{nameof(ThreadCount)} is {ThreadCount}, expected 0 (one for each core) or more");
        }

        if (GpuDeviceId < 0)
        {
            faults.Add($"{nameof(GpuDeviceId)} is {GpuDeviceId}, expected 0 or more, or null for the CPU");
        }

        if (LogitsMemory < 1)
        {
            faults.Add($"{nameof(LogitsMemory)} is {LogitsMemory}, expected 1 byte or more");
        }

        if (ShortSide < 0)
        {
            faults.Add($"{nameof(ShortSide)} is {ShortSide}, expected 1 pixel or more, 0 for each image's own size, or null for the model's");
        }

        faults.AddRange(Window?.Faults() ?? []);
        faults.AddRange(TestTimeAugmentation?.Faults() ?? []);
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The {nameof(ScoringOptions)} cannot be used: {string.Join("; ", faults)}.");
        }
    }
}
