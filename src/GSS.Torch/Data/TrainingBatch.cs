namespace GSS.Torch;

/// <summary>One batch of augmented samples. <see cref="BatchLoader{TBatch}"/> uses the arrays again: they hold until the next batch is asked for.</summary>
internal sealed class TrainingBatch
{
    /// <summary>Makes an empty batch.</summary>
    public TrainingBatch(int batchSize, int cropWidth, int cropHeight)
    {
        Images = new float[3L * batchSize * cropHeight * cropWidth];
        Labels = new byte[(long)batchSize * cropHeight * cropWidth];
    }

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>The batch's place in its epoch, from 0.</summary>
    public int Index { get; set; }

    /// <summary>[B, 3, CropHeight, CropWidth], RGB, 0..255.</summary>
    public float[] Images { get; }

    /// <summary>[B, CropHeight, CropWidth], class ids and void.</summary>
    public byte[] Labels { get; }
}
