using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GSS.Tests.Architecture;

/// <summary>Which folder of a library uses which, as the compiler understands the sources: extension methods are seen, comments are not.</summary>
internal static class FolderArrows
{
    /// <summary>The folder of files that lie in the library's own folder.</summary>
    public const string Root = "(root)";

    private const string ImplicitUsings =
        "global using System; global using System.IO; global using System.Linq; global using System.Collections.Generic; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyDictionary<(string From, string To), string>>> s_known = new();

    private static readonly Lazy<MetadataReference[]> s_assemblies = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>The arrows of a library, each with one place where it is drawn.</summary>
    /// <param name="library">Its name and folder below <c>src</c>.</param>
    /// <param name="leftOut">A folder that is an assembly of its own.</param>
    public static IReadOnlyDictionary<(string From, string To), string> Of(string library, string? leftOut = null) =>
        s_known.GetOrAdd(library, _ => new(() => Find(library, leftOut))).Value;

    private static Dictionary<(string From, string To), string> Find(string library, string? leftOut)
    {
        string root = Path.Combine(Sources(), library);

        // What lies in buildTransitive is compiled into the applications that use the package.
        string[] files = [.. Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories).Where(file => FolderOf(root, file) is var folder && folder is not ("bin" or "obj" or "buildTransitive") && folder != leftOut)];
        Assert.IsNotEmpty(files, $"There are no sources in '{root}'.");
        var options = new CSharpParseOptions(LanguageVersion.Latest, DocumentationMode.None);
        SyntaxTree[] trees = [.. files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file))];
        CSharpCompilation compilation = CSharpCompilation.Create(
            library, [CSharpSyntaxTree.ParseText(ImplicitUsings, options), .. trees], s_assemblies.Value.Where(assembly => Path.GetFileNameWithoutExtension(assembly.Display) != library),
            new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, metadataImportOptions: MetadataImportOptions.All));
        var arrows = new Dictionary<(string, string), string>();
        foreach (SyntaxTree tree in trees)
        {
            string from = FolderOf(root, tree.FilePath);
            SemanticModel model = compilation.GetSemanticModel(tree);
            foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (HomeOf(model.GetSymbolInfo(name).Symbol, OuterTypeAt(model, name), root) is { } to && to != from)
                {
                    arrows.TryAdd((from, to), $"{Path.GetRelativePath(root, tree.FilePath)}:{name.GetLocation().GetLineSpan().StartLinePosition.Line + 1} uses {name.Identifier.Text}");
                }
            }
        }

        return arrows;
    }

    /// <summary>The folder that declares a symbol; null for what the library does not declare, and for the user's own type.</summary>
    private static string? HomeOf(ISymbol? symbol, INamedTypeSymbol? user, string root)
    {
        symbol = (symbol as IMethodSymbol)?.ReducedFrom ?? symbol?.OriginalDefinition;
        if (symbol is null or INamespaceSymbol or ILocalSymbol or IParameterSymbol or IRangeVariableSymbol or ILabelSymbol or ITypeParameterSymbol)
        {
            return null;
        }

        // Parts of one type may lie in several folders, each adding what belongs there (the catalog): its other parts are not above or below it.
        INamedTypeSymbol? outer = Outermost(symbol as INamedTypeSymbol ?? symbol.ContainingType);
        if (outer is null || SymbolEqualityComparer.Default.Equals(outer, user))
        {
            return null;
        }

        string[] folders = Folders(outer, root);
        return folders.Length == 1 ? folders[0] : Folders(symbol, root) is [var own] ? own : null;
    }

    private static string[] Folders(ISymbol symbol, string root) => [.. symbol.DeclaringSyntaxReferences.Select(part => FolderOf(root, part.SyntaxTree.FilePath)).Distinct()];

    private static INamedTypeSymbol? OuterTypeAt(SemanticModel model, SyntaxNode node) =>
        node.Ancestors().OfType<BaseTypeDeclarationSyntax>().LastOrDefault() is { } declaration ? model.GetDeclaredSymbol(declaration) : null;

    private static INamedTypeSymbol? Outermost(INamedTypeSymbol? type)
    {
        while (type?.ContainingType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    private static string FolderOf(string root, string file) =>
        Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar) is [var folder, _, ..] ? folder : Root;

    private static string Sources([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src"));
}
