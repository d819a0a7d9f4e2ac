using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using GSS.Core.OnnxSchema;

namespace GSS.Core;

/// <summary>Moves a model's weights into a file beside it (ONNX: external data), as a model of more than 2 GB must have them: one protobuf message cannot be larger.</summary>
internal static class ExternalData
{
    /// <summary>Where a constant may begin: pages of memory, so that it can be mapped instead of read.</summary>
    private const int Alignment = 4096;

    /// <summary>Smaller constants stay in the model, where shape inference finds sizes and axes.</summary>
    private const int Fewest = 1024;

    /// <summary>The bytes of all constants.</summary>
    public static long Count(ModelProto model) => model.Graph.Initializer.Sum(constant => (long)constant.RawData.Length);

    /// <summary>Writes the large constants to a stream and takes them out of the model.</summary>
    /// <param name="model">The model; its large constants say afterwards where their bytes are, but not yet in which file.</param>
    /// <param name="stream">Written to from its beginning.</param>
    /// <returns>SHA-256 of what was written.</returns>
    public static byte[] Write(ModelProto model, Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long written = 0;
        foreach (TensorProto constant in model.Graph.Initializer.Where(constant => constant.RawData.Length >= Fewest))
        {
            Write(new byte[(Alignment - (written % Alignment)) % Alignment]);
            Add(constant, "offset", written);
            Add(constant, "length", constant.RawData.Length);
            Write(constant.RawData.Span);
            constant.RawData = ByteString.Empty;
            constant.DataLocation = TensorProto.Types.DataLocation.External;
        }

        return hash.GetHashAndReset();

        void Write(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            hash.AppendData(bytes);
            written += bytes.Length;
        }
    }

    /// <summary>Says in which file, beside the model, the constants are that <see cref="Write"/> took out of it.</summary>
    public static void Name(ModelProto model, string file)
    {
        foreach (TensorProto constant in model.Graph.Initializer.Where(constant => constant.DataLocation == TensorProto.Types.DataLocation.External))
        {
            constant.ExternalData.Insert(0, new StringStringEntryProto { Key = "location", Value = file });
        }
    }

    private static void Add(TensorProto constant, string key, long value) =>
        constant.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value.ToString(CultureInfo.InvariantCulture) });
}
