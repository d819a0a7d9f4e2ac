using System.IO.Compression;
using System.Text;

namespace GSS.Core;

/// <content>Writing.</content>
public sealed partial class SegmentationModelPackage
{
    /// <summary>Stands at the end of the zip, before the 64 hexadecimal digits of the SHA-256 of everything before the digits.</summary>
    internal const string ChecksumIntroduction = "GSS.ML model package; SHA-256 of everything before these digits: ";

    internal const int ChecksumLength = 64;

    // The same model gives the same bytes at any time: the time in the zip is the earliest it can hold.
    private static readonly DateTimeOffset FixedTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the package. The same package always gives the same bytes.</summary>
    /// <param name="stream">Written at its position and left open.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using MemoryStream zip = ToZip();
        Span<byte> bytes = zip.GetBuffer().AsSpan(0, (int)zip.Length);
        Encoding.ASCII.GetBytes(Hash(bytes[..^ChecksumLength]), bytes[^ChecksumLength..]);
        stream.Write(bytes);
    }

    /// <summary>Saves the package as a file: first under a temporary name in the same folder, so that at any moment the file is whole or absent.</summary>
    /// <param name="path">The file, usually with the extension <c>.gss</c>; an existing one is replaced.</param>
    /// <exception cref="SegmentationModelException">The file cannot be written; nothing half-written is left and an existing file stays as it was.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            AtomicFile.Write(path, Write);
        }
        catch (IOException e)
        {
            throw new SegmentationModelException($"The model package {e.Message}", e);
        }
    }

    private long Size() => Parts().Sum(part => part.Bytes.LongLength) + (InverseWeights?.LongLength ?? 0) + (TrainingWeights?.LongLength ?? 0);

    private MemoryStream ToZip()
    {
        var stream = new MemoryStream(checked((int)Math.Min(Size() + (1 << 16), Array.MaxLength)));
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.Comment = ChecksumIntroduction + new string('0', ChecksumLength);
            AddPart(zip, ManifestPart, ManifestJson.Write(Manifest, PartHashes));
            foreach ((string name, byte[] bytes) in Parts())
            {
                AddPart(zip, name, bytes);
            }

            foreach ((string name, byte[]? bytes) in new[] { (InversePart, InverseWeights), (TrainingPart, TrainingWeights) })
            {
                if (bytes is not null)
                {
                    AddPart(zip, name, bytes);
                }
            }
        }

        return stream;
    }

    private static void AddPart(ZipArchive zip, string name, byte[] bytes)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = FixedTime;
        using Stream stream = entry.Open();
        stream.Write(bytes);
    }
}
