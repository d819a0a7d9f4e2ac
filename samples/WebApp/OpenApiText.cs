using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace WebApp;

/// <summary>What the OpenAPI document says of <c>POST /segment</c>, whose request and answers are bytes that no type describes.</summary>
internal static class OpenApiText
{
    private static readonly Dictionary<int, string> s_answers = new()
    {
        [StatusCodes.Status200OK] = "As the header Accept says: the label map as a palette PNG; or size, classes and their shares as JSON; or a form with both and, as one byte a pixel, rows from top to bottom, the class ids and the confidence in percent.",
        [StatusCodes.Status400BadRequest] = "There is no photograph in the request.",
        [StatusCodes.Status406NotAcceptable] = "The header Accept takes neither PNG nor JSON nor a form.",
        [StatusCodes.Status413PayloadTooLarge] = "The upload is too large.",
        [StatusCodes.Status415UnsupportedMediaType] = "The content type is none of a photograph.",
        [StatusCodes.Status422UnprocessableEntity] = "The photograph is damaged, of a kind that is not read, or has too many pixels.",
        [StatusCodes.Status503ServiceUnavailable] = "All places are taken; the header Retry-After says when to come again.",
    };

    /// <summary>Adds the title.</summary>
    public static void DescribeAll(OpenApiOptions options) => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new() { Title = "Semantic segmentation", Version = "v1", Description = "Photographs in, label maps out." };
        return Task.CompletedTask;
    });

    /// <summary>Adds the endpoint's request and answers.</summary>
    public static RouteHandlerBuilder DescribeSegment(this RouteHandlerBuilder endpoint)
    {
        foreach (int status in s_answers.Keys.Where(status => status >= 400))
        {
            endpoint.ProducesProblem(status);
        }

        return endpoint.Produces<SegmentedPhotograph>().AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Summary = "Segments a photograph.";
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Description = "The file of a photograph: JPEG, PNG, WebP, BMP or GIF.",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["image/*"] = Bytes(),
                    ["application/octet-stream"] = Bytes(),
                    [AnswerType.Form] = Form(new() { ["file"] = Bytes().Schema! }),
                },
            };
            foreach ((int status, string description) in s_answers)
            {
                operation.Responses![status.ToString(CultureInfo.InvariantCulture)].Description = description;
            }

            IDictionary<string, OpenApiMediaType> answers = ((OpenApiResponse)operation.Responses!["200"]).Content!;
            answers.Add(AnswerType.Png, Bytes());
            answers.Add(AnswerType.Form, Form(new() { ["labels"] = Bytes().Schema!, ["shares"] = answers[AnswerType.Json].Schema!, ["ids"] = Bytes().Schema!, ["confidence"] = Bytes().Schema! }));
            return Task.CompletedTask;
        });
    }

    private static OpenApiMediaType Form(Dictionary<string, IOpenApiSchema> parts) => new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = parts } };

    private static OpenApiMediaType Bytes() => new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } };
}
