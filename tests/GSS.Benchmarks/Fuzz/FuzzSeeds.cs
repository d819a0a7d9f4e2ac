using System.Buffers.Binary;
using System.Text;
using GSS.Core;
using GSS.Torch;

namespace GSS.Benchmarks;

/// <summary>The whole files that the fuzz run damages: small golden files of PyTorch and safetensors, label maps and model packages made here.</summary>
internal static class FuzzSeeds
{
    private static readonly SegmentationClasses Classes = new("street", ["sky", "road", "person"], [new(1, 2, 3), new(4, 5, 6), new(255, 0, 128)]);

    /// <summary>All readers with their files.</summary>
    /// <param name="golden">The folder of golden files.</param>
    public static FuzzTarget[] Targets(string golden)
    {
        byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(golden, name));
        byte[][] zips = [File("mmcv_style_ckpt.pth"), File("dalle_small_encoder_state_dict.pth"), File("dalle_small_encoder_module.pkl"), File("dalle_small_decoder_module.pkl")];
        return
        [
            new("safetensors", 20, [File("j_schedule_slide.safetensors"), File("n_losses.safetensors"), File("mmcv_style_ckpt_expected.safetensors")], FuzzTarget.ReadWeights),
            new("ONNX", 10, [Onnx()], FuzzTarget.ReadWeights),
            new("PyTorch zip", 20, [zips[0], zips[0], zips[0], .. zips], FuzzTarget.ReadWeights, WithoutChecksums),
            new("PyTorch stream", 20, [File("mmcv_style_ckpt_legacy.pth"), File("mmcv_style_ckpt_legacy.pth"), File("mmcv_style_ckpt_legacy.pth"),
                File("dalle_small_encoder_state_dict_legacy.pth"), File("dalle_small_encoder_module_legacy.pkl")], FuzzTarget.ReadWeights),
            new("PyTorch stream, random instructions", 15, [], FuzzTarget.ReadWeights) { Make = FuzzPickles.Make },
            new("PNG label map", 10, [Png(PngColorType.Grey), Png(PngColorType.Palette), Png(PngColorType.Rgb)], bytes => FuzzTarget.ReadLabels(bytes, Classes), RepairPng) { IsBounded = false },
            new("model package", 5, [Package()], FuzzTarget.ReadPackage, SealPackage),
        ];
    }

    private static byte[] Onnx()
    {
        var graph = new OnnxGraph("seed");
        OnnxValue x = graph.Input("x", OnnxType.Float, "batch", 2, "height", "width");
        for (int i = 0; i < 4; i++)
        {
            x = graph.Relu(graph.Conv(x, graph.Constant(new float[36], 2, 2, 3, 3), graph.Constant([1f, 2], 2), 3, padding: 1));
        }

        graph.Output(x, "y", OnnxType.Float, "batch", 2, "height", "width");
        return graph.ToBytes();
    }

    private static byte[] Png(PngColorType kind)
    {
        const int width = 24, height = 17;
        int samples = kind == PngColorType.Rgb ? 3 : 1;
        byte[] pixels = new byte[width * height * samples];
        for (int i = 0; i < width * height; i++)
        {
            int id = i / 7 % 3;
            RgbColor color = Classes.Colors[id];
            (kind == PngColorType.Rgb ? [color.R, color.G, color.B] : new[] { (byte)id }).CopyTo(pixels, i * samples);
        }

        using var stream = new MemoryStream();
        PngWriter.Write(stream, new(width, height, 8, kind, false), pixels, kind == PngColorType.Palette ? Classes.Colors : null);
        return stream.ToArray();
    }

    private static byte[] Package()
    {
        var manifest = new SegmentationModelManifest
        {
            Variant = "FF",
            Classes = Classes,
            Palette = MaskigePalette.MaximalDistance(3),
            Tokenizer = "compact",
            Stride = 4,
            VocabularySize = 512,
            Encoder = "ResNet-18",
        };
        using var stream = new MemoryStream();
        new SegmentationModelPackage(manifest, new byte[700], new byte[300]).Write(stream);
        return stream.ToArray();
    }

    /// <summary>Zeroes the checksums in the table of contents: PyTorch can leave them out, and then nothing stops the damage early.</summary>
    private static void WithoutChecksums(byte[] file)
    {
        ReadOnlySpan<byte> entry = "PK\x01\x02"u8;
        for (int at = 0; file.AsSpan(at).IndexOf(entry) is >= 0 and var next && at + next + 20 <= file.Length; at += next + entry.Length)
        {
            file.AsSpan(at + next + 16, 4).Clear();
        }
    }

    /// <summary>Recomputes the CRC of every chunk that can still be walked to.</summary>
    private static void RepairPng(byte[] file)
    {
        const int around = 12;
        for (int at = 8; at <= file.Length - around;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - around)
            {
                return;
            }

            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + 8 + (int)length), Crc32.Compute(file.AsSpan(at + 4, 4 + (int)length)));
            at += around + (int)length;
        }
    }

    private static void SealPackage(byte[] file)
    {
        if (file.Length > SegmentationModelPackage.ChecksumLength)
        {
            Span<byte> checksum = file.AsSpan(file.Length - SegmentationModelPackage.ChecksumLength);
            Encoding.ASCII.GetBytes(SegmentationModelPackage.Hash(file.AsSpan(0, file.Length - checksum.Length)), checksum);
        }
    }
}
