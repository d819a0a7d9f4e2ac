using GSS.Core;
using Microsoft.Net.Http.Headers;

namespace WebApp;

/// <summary>The photograph that a request brings: its file as the body, or as the one file of a form.</summary>
/// <param name="Name">What to call it in messages.</param>
/// <param name="File">The bytes of the file, not unpacked yet.</param>
internal sealed record Upload(string Name, MemoryStream File)
{
    private const string Form = "multipart/form-data";

    // What curl --data-binary says where it is told nothing.
    private const string UrlEncoded = "application/x-www-form-urlencoded";

    /// <summary>Reads the request to its end.</summary>
    /// <exception cref="RefusedException">It brings no photograph, or too large a file.</exception>
    public static async Task<Upload> ReadAsync(HttpRequest request, WebSettings settings, CancellationToken cancel)
    {
        string? type = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.Value : null;
        bool isForm = Form.Equals(type, StringComparison.OrdinalIgnoreCase);
        if (!isForm && type?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) != true && type?.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                $"Found {(string.IsNullOrEmpty(request.ContentType) ? "no content type" : $"the content type '{request.ContentType}'")}, expected image/jpeg, image/png or another image, application/octet-stream, or {Form} with one file: send the bytes of a photograph with its type{(type == UrlEncoded ? " (curl: -H \"Content-Type: image/jpeg\")" : "")}.");
        }

        if (request.ContentLength > settings.MostBytes)
        {
            throw TooLarge(settings);
        }

        try
        {
            Upload upload = isForm ? await ReadFormAsync(request, cancel) : new("upload", await CopyAsync(request.Body, request.ContentLength, cancel));
            return upload.File.Length > 0 ? upload
                : throw new RefusedException(StatusCodes.Status400BadRequest, $"Found {(isForm ? $"the empty file '{upload.Name}'" : "no bytes")}, expected a photograph: send a JPEG, PNG, WebP, BMP or GIF file.");
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge(settings);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException && !cancel.IsCancellationRequested)
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, $"The body of the request ends early or is no {type} ({exception.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}): send it again.");
        }
    }

    /// <summary>Unpacks the photograph; its size is looked at before that.</summary>
    /// <exception cref="RefusedException">It is damaged, no image, or too large.</exception>
    public RgbImage Unpack(WebSettings settings)
    {
        try
        {
            (int width, int height) = ImageReader.ReadSize(File, Name);
            return (long)width * height <= settings.MostPixels ? ImageReader.Read(File, Name) : throw new RefusedException(
                StatusCodes.Status422UnprocessableEntity,
                FormattableString.Invariant($"Photograph '{Name}' has {width}x{height} pixels, expected at most {settings.MostPixels / 1e6:0.#} million: send it smaller, or in parts."))
            {
                MostPixels = settings.MostPixels,
            };
        }
        catch (SegmentationDataException exception)
        {
            throw new RefusedException(StatusCodes.Status422UnprocessableEntity, exception.Message);
        }
    }

    private static async Task<Upload> ReadFormAsync(HttpRequest request, CancellationToken cancel)
    {
        IFormCollection form = await request.ReadFormAsync(cancel);
        if (form.Files is not [var file])
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, $"Found {form.Files.Count} files in the form, expected one: send one photograph with a request.");
        }

        await using Stream stream = file.OpenReadStream();
        return new(file.FileName, await CopyAsync(stream, file.Length, cancel));
    }

    private static async Task<MemoryStream> CopyAsync(Stream stream, long? length, CancellationToken cancel)
    {
        var copy = new MemoryStream((int)(length ?? 0));
        await stream.CopyToAsync(copy, cancel);
        copy.Position = 0;
        return copy;
    }

    private static RefusedException TooLarge(WebSettings settings) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The upload has more than {settings.MostBytes >> 20} MiB, which is the most that is taken: send a smaller photograph, as JPEG for instance.");
}
