using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace GSS.Tests.Architecture;

/// <summary>What a compiled assembly refers to, read from its metadata without loading it.</summary>
internal sealed class CompiledAssembly : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;

    public CompiledAssembly(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _metadata = _file.GetMetadataReader();
    }

    /// <summary>The libraries as they lie in this application's folder.</summary>
    public static CompiledAssembly Open(string name) => new(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

    /// <summary>The names of all assemblies that it refers to.</summary>
    public IReadOnlyList<string> References =>
        [.. _metadata.AssemblyReferences.Select(handle => _metadata.GetString(_metadata.GetAssemblyReference(handle).Name)).Order()];

    /// <summary>Its own methods that call a member of another assembly, and the member as <c>Type.Name/number of parameters</c>.</summary>
    public IReadOnlyList<(string Method, string Member)> Calls()
    {
        const byte Call = 0x28, CallVirtual = 0x6F;
        var members = _metadata.MemberReferences.ToDictionary(handle => MetadataTokens.GetToken(handle), handle => NameOf(_metadata.GetMemberReference(handle)));
        var calls = new List<(string, string)>();
        foreach (MethodDefinition method in _metadata.MethodDefinitions.Select(_metadata.GetMethodDefinition).Where(method => method.RelativeVirtualAddress != 0))
        {
            // The four bytes behind the instruction are the member's token; other bytes seldom look like one.
            byte[] code = _file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            for (int i = 0; i + 4 < code.Length; i++)
            {
                if (code[i] is Call or CallVirtual && members.GetValueOrDefault(BitConverter.ToInt32(code, i + 1)) is { } member)
                {
                    calls.Add(($"{_metadata.GetString(_metadata.GetTypeDefinition(method.GetDeclaringType()).Name)}.{_metadata.GetString(method.Name)}", member));
                }
            }
        }

        return calls;
    }

    private string? NameOf(MemberReference member)
    {
        if (member.GetKind() != MemberReferenceKind.Method || member.Parent.Kind != HandleKind.TypeReference)
        {
            return null;
        }

        BlobReader signature = _metadata.GetBlobReader(member.Signature);
        if (signature.ReadSignatureHeader().IsGeneric)
        {
            signature.ReadCompressedInteger();
        }

        string type = _metadata.GetString(_metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name);
        return $"{type}.{_metadata.GetString(member.Name)}/{signature.ReadCompressedInteger()}";
    }

    /// <summary>
    /// The assemblies behind the types that a user of the public interface meets: base types, interfaces, fields, properties,
    /// and the parameters, results and exceptions' constructors of methods, inside generic arguments too.
    /// </summary>
    public IReadOnlyList<(string Member, string Assembly)> MentionedInPublic()
    {
        var mentions = new HashSet<(string, string)>();
        foreach (TypeDefinition type in _metadata.TypeDefinitions.Select(_metadata.GetTypeDefinition).Where(IsPublic))
        {
            string name = _metadata.GetString(type.Name);
            var finder = new ReferenceFinder(_metadata, assembly => mentions.Add((name, assembly)));
            finder.Visit(type.BaseType);
            foreach (InterfaceImplementationHandle handle in type.GetInterfaceImplementations())
            {
                finder.Visit(_metadata.GetInterfaceImplementation(handle).Interface);
            }

            foreach (FieldDefinition field in type.GetFields().Select(_metadata.GetFieldDefinition).Where(f => IsVisible((int)f.Attributes)))
            {
                field.DecodeSignature(finder, null);
            }

            // Properties and events are their accessors.
            foreach (MethodDefinition method in type.GetMethods().Select(_metadata.GetMethodDefinition).Where(m => IsVisible((int)m.Attributes)))
            {
                method.DecodeSignature(finder, null);
            }
        }

        return [.. mentions.Order()];
    }

    public void Dispose() => _file.Dispose();

    // The access bits of fields and methods are the same: public, protected, protected internal.
    private static bool IsVisible(int attributes) =>
        (MethodAttributes)attributes is var a && (a & MethodAttributes.MemberAccessMask)
            is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private bool IsPublic(TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem =>
            IsPublic(_metadata.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    /// <summary>Walks through signatures and reports the assembly of each type from elsewhere.</summary>
    private sealed class ReferenceFinder(MetadataReader metadata, Action<string> found) : ISignatureTypeProvider<int, object?>
    {
        public void Visit(EntityHandle handle)
        {
            if (handle.IsNil) return;
            if (handle.Kind == HandleKind.TypeReference) GetTypeFromReference(metadata, (TypeReferenceHandle)handle, 0);
            if (handle.Kind == HandleKind.TypeSpecification) GetTypeFromSpecification(metadata, null, (TypeSpecificationHandle)handle, 0);
        }

        public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            EntityHandle scope = reader.GetTypeReference(handle).ResolutionScope;
            if (scope.Kind == HandleKind.TypeReference) return GetTypeFromReference(reader, (TypeReferenceHandle)scope, 0);
            if (scope.Kind == HandleKind.AssemblyReference)
            {
                found(reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name));
            }

            return 0;
        }

        public int GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, context);

        public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => 0;

        public int GetArrayType(int elementType, ArrayShape shape) => 0;

        public int GetByReferenceType(int elementType) => 0;

        public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

        public int GetGenericInstantiation(int genericType, System.Collections.Immutable.ImmutableArray<int> typeArguments) => 0;

        public int GetGenericMethodParameter(object? context, int index) => 0;

        public int GetGenericTypeParameter(object? context, int index) => 0;

        public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

        public int GetPinnedType(int elementType) => 0;

        public int GetPointerType(int elementType) => 0;

        public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        public int GetSZArrayType(int elementType) => 0;
    }
}
