using Microsoft.Net.Http.Headers;

namespace WebApp;

/// <summary>The page at <c>/</c> and the one at <c>/docs/</c>: the files of wwwroot, and what their headers allow.</summary>
internal static class WebPage
{
    // Nothing but what this server sends: no scripts in the text, no other host.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Serves the files.</summary>
    public static void UsePage(this WebApplication app)
    {
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions
        {
            OnPrepareResponse = file =>
            {
                IHeaderDictionary headers = file.Context.Response.Headers;
                headers.ContentSecurityPolicy = Policy;
                headers.XContentTypeOptions = "nosniff";
                headers[HeaderNames.CacheControl] = "no-cache";
                headers["Referrer-Policy"] = "no-referrer";
            },
        });
    }
}
