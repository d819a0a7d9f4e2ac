using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace GSS.Core;

/// <content>Reading.</content>
public sealed partial class SegmentationModelPackage
{
    /// <summary>Reads the package in a file.</summary>
    /// <param name="path">A file that <see cref="Save"/> wrote.</param>
    /// <exception cref="SegmentationModelException">The file is missing, damaged, no model package, or of a newer format.</exception>
    public static SegmentationModelPackage Load(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Read(stream, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SegmentationModelException($"The model package '{path}' does not exist: give the path of a file that SegmentationModelPackage.Save wrote.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegmentationModelException($"The model package '{path}' could not be read ({e.Message.TrimEnd('.')}): give a file that this process may read.", e);
        }
    }

    /// <summary>Reads a package from a stream's position to its end.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="name">What to call the package in messages: its file, or what holds it.</param>
    /// <exception cref="SegmentationModelException">The stream is damaged, no model package, or of a newer format.</exception>
    public static SegmentationModelPackage Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        byte[] bytes = ReadToEnd(stream, name);
        ThrowIfDamaged(bytes, name);
        try
        {
            using var zip = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
            return FromZip(zip, bytes.Length, name);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or JsonException or InvalidOperationException or ArgumentException or SegmentationDataException)
        {
            throw new SegmentationModelException($"'{name}' holds no usable model ({e.Message.TrimEnd('.')}): save the model again with the version of GSS.ML that trained it.", e);
        }
    }

    private static SegmentationModelPackage FromZip(ZipArchive zip, long fileLength, string name)
    {
        Dictionary<string, byte[]> parts = ReadParts(zip, fileLength);
        byte[] manifestText = Part(parts, ManifestPart);
        int version = ManifestJson.ReadFormatVersion(manifestText);
        if (version > SegmentationModelManifest.CurrentFormatVersion)
        {
            throw new SegmentationModelException(
                $"'{name}' is a model package of format {version}, this version of GSS.ML reads up to format {SegmentationModelManifest.CurrentFormatVersion}: update GSS.ML.");
        }

        (SegmentationModelManifest manifest, Dictionary<string, string> hashes) = ManifestJson.Read(manifestText);
        SegmentationModelPackage package = manifest.Method == SegmentationMethod.PerPixel
            ? new(manifest, Part(parts, SegmenterPart))
            : new(manifest, Part(parts, PriorPart), Part(parts, DecoderPart), parts.GetValueOrDefault(EncoderPart)) { InverseWeights = parts.GetValueOrDefault(InversePart), TrainingWeights = parts.GetValueOrDefault(TrainingPart) };
        foreach (string part in package.PartHashes.Keys.Union(hashes.Keys))
        {
            if (!package.PartHashes.TryGetValue(part, out string? found) || !hashes.TryGetValue(part, out string? expected) || found != expected)
            {
                throw new InvalidDataException($"'{part}' is not the one whose SHA-256 the manifest gives");
            }
        }

        return package;
    }

    private static Dictionary<string, byte[]> ReadParts(ZipArchive zip, long fileLength)
    {
        var parts = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            // Unknown parts are left alone: the format version decides whether this library understands the package.
            if (entry.FullName is not (ManifestPart or PriorPart or DecoderPart or EncoderPart or SegmenterPart or InversePart or TrainingPart))
            {
                continue;
            }

            if (parts.ContainsKey(entry.FullName))
            {
                throw new InvalidDataException($"the part '{entry.FullName}' is there twice");
            }

            if (entry.Length != entry.CompressedLength || entry.Length > fileLength)
            {
                throw new InvalidDataException($"the part '{entry.FullName}' is compressed");
            }

            byte[] bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            parts.Add(entry.FullName, bytes);
        }

        return parts;
    }

    private static byte[] Part(Dictionary<string, byte[]> parts, string name) =>
        parts.TryGetValue(name, out byte[]? bytes) ? bytes : throw new InvalidDataException($"the part '{name}' is missing");

    private static byte[] ReadToEnd(Stream stream, string name)
    {
        try
        {
            using var memory = new MemoryStream(stream.CanSeek ? checked((int)Math.Max(0, stream.Length - stream.Position)) : 0);
            stream.CopyTo(memory);
            return memory.Length == memory.Capacity ? memory.GetBuffer() : memory.ToArray();
        }
        catch (Exception e) when (e is OverflowException or OutOfMemoryException or ArgumentOutOfRangeException)
        {
            throw new SegmentationModelException($"'{name}' is larger than the 2 GB that a model package can have: give the file that SegmentationModelPackage.Save wrote.", e);
        }
    }

    /// <summary>Tells a package that was damaged, one that was cut off, a foreign zip and a file of another kind from each other.</summary>
    private static void ThrowIfDamaged(ReadOnlySpan<byte> bytes, string name)
    {
        ReadOnlySpan<byte> introduction = Encoding.ASCII.GetBytes(ChecksumIntroduction);
        if (bytes.Length > introduction.Length + ChecksumLength && bytes[..^ChecksumLength].EndsWith(introduction))
        {
            if (!bytes[^ChecksumLength..].SequenceEqual(Encoding.ASCII.GetBytes(Hash(bytes[..^ChecksumLength]))))
            {
                throw new SegmentationModelException($"'{name}' is a damaged model package (its SHA-256 does not fit its {bytes.Length} bytes): copy or save the file again.");
            }

            return;
        }

        // ML.NET writes this folder into every model; names stand uncompressed in a zip.
        if (bytes.StartsWith("PK\x03\x04"u8) && bytes.IndexOf("TrainingInfo"u8) >= 0)
        {
            throw new SegmentationModelException($"'{name}' is a model that ML.NET saved, expected a model package (.gss): load it with mlContext.Model.Load, or give the file that SegmentationModelPackage.Save wrote.");
        }

        string found = bytes.IsEmpty ? "is empty"
            : !bytes.StartsWith("PK\x03\x04"u8) ? "is not a zip file"
            : bytes.LastIndexOf("PK\x05\x06"u8) < 0 ? $"is cut off after {bytes.Length} bytes"
            : "is a zip file without the checksum that a model package ends in";
        throw new SegmentationModelException($"'{name}' {found}, expected a whole model package: give the file just as SegmentationModelPackage.Save wrote it.");
    }
}
