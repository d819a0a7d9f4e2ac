using System.Globalization;
using BitMiracle.LibTiff.Classic;

namespace GSS.Core;

/// <summary>
/// A TIFF file as LibTiff.NET reads it. What the library has to say becomes part of one sentence: it writes on the console otherwise, by a handler that all of
/// the process shares, so ours passes on what is about other files.
/// </summary>
internal sealed class TiffSource(Stream stream, string path) : TiffStream
{
    private static readonly object s_handler = Install();

    private string? _said;

    /// <summary>Opens the file.</summary>
    /// <exception cref="SegmentationDataException">The file is damaged.</exception>
    public Tiff Open()
    {
        GC.KeepAlive(s_handler);
        return Try(() => Tiff.ClientOpen(path, "r", this, this), "its header cannot be read");
    }

    /// <summary>Calls the library, which tells of damage by its results, by messages or by exceptions of many kinds.</summary>
    public T Try<T>(Func<T?> call, string fault)
    {
        try
        {
            return call() ?? throw Fault(fault);
        }
        catch (Exception e) when (e is not (SegmentationDataException or OutOfMemoryException))
        {
            throw Fault(fault, e);
        }
    }

    /// <summary>One sentence about the file.</summary>
    public SegmentationDataException Fault(string fault, Exception? inner = null)
    {
        string? said = _said ?? inner?.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
        return new($"Photograph '{path}' is cut short or damaged: {fault}{(said is null ? "" : $" ({said})")}, copy or download the TIFF file again.", inner);
    }

    public override int Read(object clientData, byte[] buffer, int offset, int count) => stream.ReadAtLeast(buffer.AsSpan(offset, count), count, throwOnEndOfStream: false);

    public override void Write(object clientData, byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(object clientData, long offset, SeekOrigin origin) => stream.Seek(offset, origin);

    public override void Close(object clientData) => stream.Dispose();

    public override long Size(object clientData) => stream.Length;

    private static Handler Install()
    {
        var handler = new Handler();
        handler.Before = Tiff.SetErrorHandler(handler);
        return handler;
    }

    private sealed class Handler : TiffErrorHandler
    {
        public TiffErrorHandler? Before { get; set; }

        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
            if (tif?.Clientdata() is TiffSource source)
            {
                source._said ??= string.Format(CultureInfo.InvariantCulture, format, args).ReplaceLineEndings(" ").Trim().TrimEnd('.');
                return;
            }

            Before?.ErrorHandler(tif!, method, format, args);
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
            if (clientData is not TiffSource)
            {
                Before?.ErrorHandlerExt(tif, clientData, method, format, args);
            }
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
            if (tif?.Clientdata() is not TiffSource)
            {
                Before?.WarningHandler(tif!, method, format, args);
            }
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
            if (clientData is not TiffSource)
            {
                Before?.WarningHandlerExt(tif, clientData, method, format, args);
            }
        }
    }
}
