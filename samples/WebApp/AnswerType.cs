using Microsoft.Net.Http.Headers;

namespace WebApp;

/// <summary>Which form of the answer a request asks for.</summary>
internal static class AnswerType
{
    /// <summary>The label map as a palette PNG.</summary>
    public const string Png = "image/png";

    /// <summary>Size, classes and their shares.</summary>
    public const string Json = "application/json";

    /// <summary>Both, and the class and the confidence of each pixel.</summary>
    public const string Form = "multipart/form-data";

    // Of forms that are liked as much as each other the first is sent.
    private static readonly string[] s_all = [Png, Json, Form];

    /// <summary>The form that the header <c>Accept</c> likes best; <see cref="Png"/> where it likes all, or there is none.</summary>
    /// <exception cref="RefusedException">It takes none of them.</exception>
    public static string Of(HttpRequest request)
    {
        IList<MediaTypeHeaderValue> accepted = request.GetTypedHeaders().Accept;
        (string type, double quality) = s_all.Select(type => (type, accepted.Count == 0 ? 1 : QualityOf(type, accepted))).MaxBy(offer => offer.Item2);
        return quality > 0 ? type
            : throw new RefusedException(StatusCodes.Status406NotAcceptable, $"Found the header Accept: {request.Headers.Accept}, expected one that takes {Png}, {Json} or {Form}: name one of them.");
    }

    // The most exact of the ranges that hold the type says how much it is liked (RFC 9110, section 12.5.1).
    private static double QualityOf(string type, IList<MediaTypeHeaderValue> accepted)
    {
        var offered = new MediaTypeHeaderValue(type);
        return accepted.Where(offered.IsSubsetOf).OrderBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0).FirstOrDefault() is { } best ? best.Quality ?? 1 : 0;
    }
}
