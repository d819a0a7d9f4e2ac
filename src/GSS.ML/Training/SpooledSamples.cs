using GSS.Core;
using Microsoft.Win32.SafeHandles;

namespace GSS.ML;

/// <summary>
/// Training samples of a view that can only be read from front to back: read once into a temporary file, uncompressed, and from there at any index.
/// The file is deleted when this is disposed, and by the system should the process end before. Thread-safe once written.
/// </summary>
internal sealed class SpooledSamples : ISegmentationSamples, IDisposable
{
    private readonly List<(long Offset, int Width, int Height)> _samples = [];
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"gss-training-{Environment.ProcessId}-{Guid.NewGuid():N}.tmp");
    private readonly string _columns;
    private readonly FileStream _stream;
    private readonly SafeFileHandle _file;

    private SpooledSamples(string columns)
    {
        _columns = columns;
        _stream = new FileStream(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        _file = _stream.SafeFileHandle;
    }

    /// <inheritdoc/>
    public int Count => _samples.Count;

    /// <summary>Reads all rows.</summary>
    /// <param name="rows">Image and label map of each row; objects of their own.</param>
    /// <param name="columns">The columns' names for messages.</param>
    /// <param name="cancellationToken">Ends reading; nothing is left behind.</param>
    /// <exception cref="SegmentationDataException">A label map has another size than its image, or the temporary folder cannot hold the rows.</exception>
    public static SpooledSamples Read(IEnumerable<(RgbImage Image, LabelMap Labels)> rows, string columns, CancellationToken cancellationToken)
    {
        SpooledSamples? samples = null;
        try
        {
            samples = new SpooledSamples(columns);
            foreach ((RgbImage image, LabelMap labels) in rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                samples.Add(image, labels);
            }

            samples._stream.Flush();
            return samples;
        }
        catch (Exception e)
        {
            long written = samples?.BytesWritten ?? 0;
            samples?.Dispose();
            throw AtomicFile.IsOfFileSystem(e)
                ? new SegmentationDataException(
                    $"The rows for training could not be copied to the temporary folder '{Path.GetTempPath()}' (stopped after {written >> 20} MiB: {AtomicFile.Reason(e)}): "
                    + "free space there, set TMPDIR to a folder with more, or load the files with LoadFromFolders, which copies nothing.", e)
                : e;
        }
    }

    /// <summary>Throws where a label map does not have its image's size.</summary>
    /// <param name="image">The image.</param>
    /// <param name="labels">Its label map.</param>
    /// <param name="description">The row and its columns.</param>
    /// <exception cref="SegmentationDataException">It has another one.</exception>
    public static void RequireOneSize(RgbImage image, LabelMap labels, string description)
    {
        if (image.Width != labels.Width || image.Height != labels.Height)
        {
            throw new SegmentationDataException(
                $"The label map in {description} is {labels.Width}x{labels.Height} but its image is {image.Width}x{image.Height}: resize one of them, label maps only by nearest neighbour.");
        }
    }

    /// <inheritdoc/>
    public string Describe(int index) => $"row {index} of {_columns}";

    /// <inheritdoc/>
    public (RgbImage Image, LabelMap Labels) Read(int index)
    {
        (long offset, int width, int height) = _samples[index];
        var image = new RgbImage(width, height);
        byte[] ids = new byte[width * height];
        Fill(image.Pixels, offset);
        Fill(ids, offset + image.Pixels.Length);
        return (image, new LabelMap(width, height, ids));
    }

    /// <inheritdoc/>
    public LabelMap ReadLabels(int index)
    {
        (long offset, int width, int height) = _samples[index];
        byte[] ids = new byte[width * height];
        Fill(ids, offset + (3L * width * height));
        return new LabelMap(width, height, ids);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private long BytesWritten => _samples.Count == 0 ? 0 : _samples[^1].Offset + (4L * _samples[^1].Width * _samples[^1].Height);

    private void Add(RgbImage image, LabelMap labels)
    {
        RequireOneSize(image, labels, Describe(Count));
        long offset = BytesWritten;
        _stream.Write(image.Pixels);
        _stream.Write(labels.Ids);
        _samples.Add((offset, image.Width, image.Height));
    }

    private void Fill(Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            int count = RandomAccess.Read(_file, target, offset);
            if (count == 0)
            {
                throw new SegmentationDataException($"The temporary file '{_path}' with the rows for training was cut while training ran: leave the temporary folder alone until it ends.");
            }

            target = target[count..];
            offset += count;
        }
    }
}
