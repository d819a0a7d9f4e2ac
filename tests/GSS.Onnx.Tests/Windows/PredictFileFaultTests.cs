using BitMiracle.LibTiff.Classic;
using GSS.Core;
using GSS.Onnx;

namespace GSS.Tests;

/// <summary>What goes wrong between two files is one sentence, and no file is left behind.</summary>
[TestClass]
public sealed class PredictFileFaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gss-fault-").FullName;
    private readonly SegmentationModel _model = TestModel.Open(options: new() { Window = new(32, 20) });

    private string Labels => Path.Combine(_folder, "labels.png");

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [TestMethod]
    public void Progress_is_told_and_cancelling_leaves_nothing_behind()
    {
        string path = Png();
        var told = new List<ScoringProgress>();
        _model.PredictFile(path, Labels, new Told(told.Add));
        CollectionAssert.AreEqual(Enumerable.Range(1, 35).Select(i => new ScoringProgress(i, 35)).ToArray(), told);
        byte[] before = File.ReadAllBytes(Labels);
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => _model.PredictFile(path, Labels, new Told(progress =>
        {
            Assert.IsLessThan(21, progress.Done, "the work went on");
            if (progress.Done == 20)
            {
                source.Cancel();
            }
        }), source.Token));
        CollectionAssert.AreEqual(before, File.ReadAllBytes(Labels), "the old label map");
        CollectionAssert.AreEquivalent(new[] { path, Labels }, Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void Damaged_files_are_told_in_a_sentence()
    {
        RgbImage image = TestModel.RandomImage(143, 97, 2);
        string strips = Path.Combine(_folder, "strips.tif"), tiles = Path.Combine(_folder, "tiles.tif");
        TestTiff.Save(image, strips, Compression.LZW, rowsPerStrip: 97);
        TestTiff.Save(image, tiles, Compression.NONE, tile: 32);
        foreach (string path in new[] { Png(), strips, tiles })
        {
            byte[] whole = File.ReadAllBytes(path);

            // TIFF files have their directory at the end as a rule: what is cut out of the middle is found where it is read.
            byte[] damaged = path == strips || path == tiles ? [.. whole] : whole[..(whole.Length / 2)];
            damaged.AsSpan(whole.Length / 3, whole.Length / 8).Fill(0xFF);
            File.WriteAllBytes(path, damaged);
            if (path != tiles)
            {
                string message = Fault(path);
                Assert.StartsWith($"Photograph '{path}' is cut short or damaged: its ", message);
                Assert.DoesNotContain("   at ", message);
            }

            File.WriteAllBytes(path, whole[..20]);
            Fault(path);
        }

        string text = Path.Combine(_folder, "a.tif");
        File.WriteAllText(text, "II*\0and then nothing that is one");
        Fault(text);
        File.WriteAllText(text, "no image");
        Assert.Contains("cannot be read", Fault(text));
        Assert.Contains("was not found", Fault(Path.Combine(_folder, "none.png")));
    }

    // Every byte of a small file changed: a label map or a sentence, never another exception.
    [TestMethod]
    public void Any_byte_of_a_tiff_file_may_be_wrong()
    {
        string path = Path.Combine(_folder, "a.tif");
        foreach (int tile in new[] { 0, 16 })
        {
            TestTiff.Save(TestModel.RandomImage(10, 8, 1), path, Compression.LZW, tile);
            byte[] whole = File.ReadAllBytes(path);
            int read = 0, refused = 0;
            for (int i = 0; i < whole.Length; i++)
            {
                byte[] changed = [.. whole];
                changed[i] ^= 0xFF;
                File.WriteAllBytes(path, changed);
                try
                {
                    using ImageRows rows = ImageRows.Open(path);
                    if ((long)rows.Width * rows.Height < 1 << 20)
                    {
                        rows.ReadAll();
                        read++;
                    }
                }
                catch (SegmentationDataException exception)
                {
                    Assert.Contains("a.tif", exception.Message);
                    refused++;
                }
            }

            Assert.IsGreaterThan(0, read, "a pixel may have any value");
            Assert.IsGreaterThan(0, refused, "a header may not");
        }
    }

    [TestMethod]
    public void Kinds_that_are_not_read_and_wrong_paths_are_told()
    {
        string path = Path.Combine(_folder, "a.tif");
        using (Tiff tiff = Tiff.Open(path, "w"))
        {
            tiff.SetField(TiffTag.IMAGEWIDTH, 4);
            tiff.SetField(TiffTag.IMAGELENGTH, 1);
            tiff.SetField(TiffTag.BITSPERSAMPLE, 32);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, 1);
            tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.MINISBLACK);
            tiff.SetField(TiffTag.SAMPLEFORMAT, SampleFormat.IEEEFP);
            tiff.WriteScanline(new byte[16], 0);
        }

        Assert.AreEqual(
            $"Photograph '{path}' is a TIFF file with 1 channels of 32 bits (MINISBLACK, IEEEFP), expected grey, palette or RGB with 8 or 16 bits a channel, channels together: convert it.", Fault(path));
        string png = Png();
        Assert.StartsWith($"Found '{png}' as photograph and as label map", Assert.ThrowsExactly<ArgumentException>(() => _model.PredictFile(png, png)).Message);
        _model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => _model.PredictFile(png, Labels));
    }

    [TestMethod]
    public void Too_little_memory_is_told_with_numbers_before_anything_is_read()
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => new ScoringMemory(3_000_000_000, 500_000_000, 700_000_000).Require("an image", "take a smaller one", 4_000_000_000)).Message;
        Assert.AreEqual(
            "Found an image, which needs 4.2 GB (4200000000 bytes: 3000000000 for sums of scores, 500000000 for pixels, 700000000 for a run of the network), expected at most 4.0 GB (4000000000 bytes), "
            + "what this process may have: take a smaller one.", message);
        new ScoringMemory(1, 1, 1).Require("an image", "", 3);

        // A header alone: 60000 × 60000 pixels of which none is there.
        string path = Path.Combine(_folder, "huge.png");
        using (FileStream stream = File.Create(path))
        using (new PngRowWriter(stream, new(60000, 60000, 8, PngColorType.Rgb, Interlaced: false)))
        {
            PngChunkStream.WriteChunk(stream, "IDAT"u8, [0x78, 0x9C, 0, 0]);
        }

        using SegmentationModel wide = TestModel.Open(options: new() { Window = new(50000, 50000) });
        message = Assert.ThrowsExactly<ArgumentException>(() => wide.PredictFile(path, Labels)).Message;
        Assert.StartsWith("Found 60000x60000 pixels to score for 3 classes in windows of 50000x50000, which needs ", message);
        Assert.IsFalse(File.Exists(Labels));
    }

    private string Png()
    {
        string path = Path.Combine(_folder, "a.png");
        ImageWriter.SavePng(TestModel.RandomImage(143, 97, 2), path);
        return path;
    }

    private string Fault(string path)
    {
        string message = Assert.ThrowsExactly<SegmentationDataException>(() => _model.PredictFile(path, Labels)).Message;
        Assert.Contains(path, message);
        Assert.DoesNotContain("\n", message);
        Assert.IsFalse(File.Exists(Labels));
        Assert.IsEmpty(Directory.GetFiles(_folder, "*.tmp"));
        return message;
    }

    private sealed class Told(Action<ScoringProgress> tell) : IProgress<ScoringProgress>
    {
        public void Report(ScoringProgress value) => tell(value);
    }
}
