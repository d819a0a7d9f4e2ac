using System.Reflection;
using GSS.ML;
using Microsoft.ML;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(object), typeof(SavedModel), null, typeof(SignatureLoadModel), "GSS.ML transformer", SavedModel.LoaderSignature)]

namespace GSS.ML;

/// <summary>Writes a GSS.ML transformer into ML.NET's model zip and gives it back.</summary>
internal static class SavedModel
{
    public const string LoaderSignature = "GssTransformer";
    private const string StreamName = "GssTransformer.bin";

    // The version counts changes of the framing and of the frame around each payload (2: a mark in front), so that an older GSS.ML says it is too old; each payload carries a version of its own.
    private static readonly VersionInfo _version = new("GSSXFORM", 0x00010002, 0x00010002, 0x00010001, "GSS.ML.Interop", LoaderSignature);

    /// <summary>Saves a transformer as its kind and its bytes.</summary>
    public static void Save(ModelSaveContext context, string kind, Action<Stream> write)
    {
        context.CheckAtModel();
        context.SetVersionInfo(_version);
        context.SaveBinaryStream(StreamName, writer =>
        {
            writer.Write(kind);
            writer.Flush();
            write(writer.BaseStream);
        });
    }

    /// <summary>The shape of a schema, which estimators exchange.</summary>
    public static SchemaShape ShapeOf(DataViewSchema schema) => SchemaShape.Create(schema);

    // ML.NET calls this by name and signature.
    private static object Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(_version);
        object? transformer = null;
        bool found = ctx.TryLoadBinaryStream(StreamName, reader => transformer = Read(env, reader.ReadString(), reader.BaseStream));
        return found ? transformer! : throw new FormatException($"The model has no entry '{StreamName}': it was cut or written by something else; save it again.");
    }

    private static object Read(IHostEnvironment env, string kind, Stream stream)
    {
        Type readers = Type.GetType("GSS.ML.SavedTransformers, GSS.ML", throwOnError: true)!;
        MethodInfo read = readers.GetMethod("Read", BindingFlags.Static | BindingFlags.Public, [typeof(IHostEnvironment), typeof(string), typeof(Stream)])!;
        return read.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [env, kind, stream], null)!;
    }
}
