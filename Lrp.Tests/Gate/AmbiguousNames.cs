using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lrp.Tests.Gate;

/// <summary>
/// Finds simple type names in source that mean two types on the package, TorchSharp's and one of this library or two of
/// TorchSharp: <c>Gamma</c> under <c>using Lrp.Rules; using TorchSharp.Modules;</c>. Over <c>Lrp.Torch</c>, which lacks
/// TorchSharp's distribution of that name, such source compiles.
/// </summary>
internal sealed class AmbiguousNames(PublicApiList list, IEnumerable<string> libraryTypes)
{
    private readonly ILookup<string, string> torchTypes = ByContainer(list.Lines.Where(PublicApiList.IsType).Select(PublicApiList.QualifiedName));
    private readonly ILookup<string, string> ownTypes = ByContainer(libraryTypes);

    /// <summary>A sentence for each ambiguous name in a source file.</summary>
    /// <param name="source">The file's text.</param>
    /// <param name="globalUsings">Namespaces and types that the project imports in every file.</param>
    public IEnumerable<string> In(string source, params string[] globalUsings)
    {
        var root = CSharpSyntaxTree.ParseText(source).GetCompilationUnitRoot();
        var usings = root.DescendantNodes().OfType<UsingDirectiveSyntax>().ToList();
        var imported = usings.Where(directive => directive.Alias is null).Select(directive => directive.NamespaceOrType.ToString()).Concat(globalUsings).ToHashSet(StringComparer.Ordinal);
        var settled = usings.Where(directive => directive.Alias is not null).Select(directive => directive.Alias!.Name.ToString())
            .Concat(root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().SelectMany(space => Enclosing(space.Name.ToString())).SelectMany(space => ownTypes[space]))
            .ToHashSet(StringComparer.Ordinal);
        var meanings = imported
            .SelectMany(space => torchTypes[space].Concat(ownTypes[space]).Distinct().Select(name => (Name: name, Meaning: space + "." + name)))
            .ToLookup(type => type.Name, type => type.Meaning, StringComparer.Ordinal);

        return root.DescendantNodes().OfType<SimpleNameSyntax>()
            .Where(IsTypePosition)
            .Select(name => name.Identifier.Text)
            .Where(name => meanings[name].Count() > 1 && !settled.Contains(name))
            .Distinct()
            .Select(name => $"'{name}' is {string.Join(" and ", meanings[name])}; write the one that is meant in full, or add a using for it");
    }

    /// <summary>A name that stands alone where a type can: not after a dot, not what is declared or invoked.</summary>
    private static bool IsTypePosition(SimpleNameSyntax name) => name.Parent switch
    {
        QualifiedNameSyntax qualified => qualified.Left == name,
        MemberAccessExpressionSyntax access => access.Expression == name,
        MemberBindingExpressionSyntax => false,
        InvocationExpressionSyntax => false,
        NameColonSyntax or NameEqualsSyntax => false,
        AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax } assignment => assignment.Left != name,
        _ => true,
    };

    private static IEnumerable<string> Enclosing(string space)
    {
        for (string name = space; name.Length > 0; name = name.LastIndexOf('.') is var dot and >= 0 ? name[..dot] : "")
        {
            yield return name;
        }
    }

    /// <summary>Simple names by the namespace or type that holds them.</summary>
    private static ILookup<string, string> ByContainer(IEnumerable<string> types) => types
        .Select(type => type.Contains('<', StringComparison.Ordinal) ? type[..type.IndexOf('<', StringComparison.Ordinal)] : type)
        .Where(type => type.Contains('.', StringComparison.Ordinal))
        .ToLookup(type => type[..type.LastIndexOf('.')], type => type[(type.LastIndexOf('.') + 1)..]);
}
