namespace GSS.Core;

/// <content>One sample.</content>
internal sealed partial class LabelAudit
{
    private void AddPair(int index, SegmentationFiles files, bool reads)
    {
        (string imagePath, string labelPath) = files.Pairs[index];
        (int Width, int Height)? labels = reads ? AddLabels(index, labelPath, () => ReadLabels(labelPath)) : Try(index, labelPath, () => LabelReader.ReadSize(labelPath));
        (int Width, int Height)? photograph = Try(index, imagePath, () => ReadHeader(imagePath, reads));
        if (labels is { } mapped && photograph is { } pictured && mapped != pictured)
        {
            AddFault(index, labelPath, new(SegmentationFiles.DescribeMismatch(files.Pairs[index], pictured, mapped)));
        }
    }

    /// <summary>A size, or null with a fault kept.</summary>
    private (int Width, int Height)? Try(int index, string source, Func<(int Width, int Height)> read)
    {
        try
        {
            return read();
        }
        catch (SegmentationDataException fault)
        {
            AddFault(index, source, fault);
            return null;
        }
    }

    private void AddFault(int index, string source, SegmentationDataException fault)
    {
        lock (_lock)
        {
            _faults.Add((index, source, fault));
        }
    }

    private (int Width, int Height)? AddLabels(int index, string source, Func<LabelMap> read)
    {
        Interlocked.Increment(ref _lookedAt);
        return Try(index, source, () =>
        {
            LabelMap labels = read();
            Add(Histogram(labels));
            return (labels.Width, labels.Height);
        });
    }

    private static long[] Histogram(LabelMap labels)
    {
        long[] pixels = new long[256];
        foreach (byte id in labels.Ids)
        {
            pixels[id]++;
        }

        return pixels;
    }

    private void Add(long[] pixels)
    {
        lock (_lock)
        {
            _count++;
            for (int id = 0; id < pixels.Length; id++)
            {
                _pixels[id] += pixels[id];
                _maps[id] += pixels[id] > 0 ? 1 : 0;
            }
        }
    }

    private LabelMap ReadLabels(string path)
    {
        (LabelMap labels, PngImage png) = LabelReader.ReadWithFile(path, Classes);
        bool blackAndWhite = IsBlackAndWhite(png, labels);
        PaletteConflict? conflict = PaletteConflict.Find(png, path, Classes);
        lock (_lock)
        {
            _blackAndWhite += blackAndWhite ? 1 : 0;
            if (conflict is not null)
            {
                _conflicts.Add(conflict);
            }
        }

        return labels;
    }

    private bool IsBlackAndWhite(PngImage png, LabelMap labels)
    {
        bool byValue = png.Header.SamplesPerPixel == 1 && png.Header.BitDepth == 8 && (png.Header.ColorType == PngColorType.Grey || Classes.ColorMap is null);
        return byValue && Classes.VoidIndex == byte.MaxValue && labels.Ids.Contains(LabelMap.Void) && !png.Samples.AsSpan().ContainsAnyExcept((byte)0, byte.MaxValue);
    }

    /// <summary>The size of a photograph; whether it is turned counts with those whose label maps are read.</summary>
    private (int Width, int Height) ReadHeader(string path, bool counts)
    {
        (int width, int height, bool turned) = ImageReader.ReadHeader(path);
        if (turned && counts)
        {
            lock (_lock)
            {
                _firstTurned = _turned++ == 0 || string.CompareOrdinal(path, _firstTurned) < 0 ? path : _firstTurned;
            }
        }

        return (width, height);
    }
}
