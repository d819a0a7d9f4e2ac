// Declarations only, with the names, namespaces and signatures of ML.NET 5.0.1: the runtime binds to the real assembly.
// What is internal there is public here, which is the whole purpose of this project.
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Runtime
{
    public interface IHostEnvironment
    {
    }

    public interface IHostEnvironmentInternal : IHostEnvironment
    {
        bool FallbackToCpu { get; set; }

        int? GpuDeviceId { get; set; }

        bool TryAddOption<T>(string name, T value);
    }
}

namespace Microsoft.ML
{
    public abstract class LoadableClassAttributeBase : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    public sealed class LoadableClassAttribute : LoadableClassAttributeBase
    {
        public LoadableClassAttribute(Type instType, Type loaderType, Type? argType, Type sigType, string userName, params string[] loadNames)
        {
        }
    }

    public delegate void SignatureLoadModel(ModelLoadContext ctx);

    public readonly struct VersionInfo
    {
        public VersionInfo(
            string modelSignature,
            uint verWrittenCur,
            uint verReadableCur,
            uint verWeCanReadBack,
            string loaderAssemblyName,
            string? loaderSignature = null,
            string? loaderSignatureAlt = null)
        {
        }
    }

    public sealed class ModelLoadContext : IDisposable
    {
        public void CheckAtModel(VersionInfo ver) => throw null!;

        public bool TryLoadBinaryStream(string name, Action<BinaryReader> action) => throw null!;

        public void Dispose() => throw null!;
    }

    public sealed class ModelSaveContext : IDisposable
    {
        public void CheckAtModel() => throw null!;

        public void SetVersionInfo(VersionInfo ver) => throw null!;

        public void SaveBinaryStream(string name, Action<BinaryWriter> action) => throw null!;

        public void Dispose() => throw null!;
    }

    public sealed class SchemaShape
    {
        public static SchemaShape Create(DataViewSchema schema) => throw null!;
    }
}
