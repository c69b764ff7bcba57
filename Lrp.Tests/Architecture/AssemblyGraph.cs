using Mono.Cecil;

namespace Lrp.Tests.Architecture;

/// <summary>Which namespace uses which, read from the compiled libraries.</summary>
internal static class AssemblyGraph
{
    /// <summary>The libraries, in the order in which they build on each other.</summary>
    public static IReadOnlyList<string> Libraries { get; } =
    [
        "Lrp.Core",
        "Lrp.Checkpoints",
        "Lrp.Pictures",
        "Lrp.Rules",
        "Lrp.Decomposition",
        "Lrp.Composites",
        "Lrp.Attribution",
        "Lrp.Analysis",
        "Lrp.Onnx",
        "Lrp.Models",
    ];

    private static readonly Lazy<IReadOnlyDictionary<string, IReadOnlySet<string>>> Uses = new(Read);

    /// <summary>The namespaces of a library, its root first.</summary>
    public static IEnumerable<string> Namespaces(string library) =>
        Uses.Value.Keys.Where(space => Library(space) == library).Order(StringComparer.Ordinal);

    /// <summary>The namespaces of these libraries that a namespace uses, itself left out.</summary>
    public static IEnumerable<string> UsedBy(string space) =>
        Uses.Value.GetValueOrDefault(space)?.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>();

    /// <summary>The other libraries that a library uses.</summary>
    public static IEnumerable<string> LibrariesUsedBy(string library) =>
        Namespaces(library)
            .SelectMany(UsedBy)
            .Select(Library)
            .Where(other => other != library)
            .Distinct()
            .OrderBy(Libraries.ToList().IndexOf);

    /// <summary>A way from a node back to itself; empty where there is none.</summary>
    public static IReadOnlyList<string> Cycle(IEnumerable<string> nodes, Func<string, IEnumerable<string>> uses)
    {
        var done = new HashSet<string>();
        foreach (var node in nodes)
        {
            if (Visit(node, []) is { } cycle)
            {
                return cycle;
            }
        }

        return [];

        IReadOnlyList<string>? Visit(string node, List<string> way)
        {
            if (way.Contains(node))
            {
                return [.. way.SkipWhile(step => step != node), node];
            }

            if (!done.Add(node))
            {
                return null;
            }

            return uses(node).Select(next => Visit(next, [.. way, node])).FirstOrDefault(cycle => cycle is not null);
        }
    }

    private static string Library(string space) => string.Join('.', space.Split('.').Take(2));

    private static Dictionary<string, IReadOnlySet<string>> Read()
    {
        var uses = new Dictionary<string, HashSet<string>>();
        foreach (var library in Libraries)
        {
            using var assembly = AssemblyDefinition.ReadAssembly(
                Path.Combine(AppContext.BaseDirectory, $"{library}.dll")
            );
            foreach (
                var type in assembly.MainModule.Types.Where(type =>
                    type.Namespace.StartsWith("Lrp.", StringComparison.Ordinal)
                )
            )
            {
                var used = uses.TryGetValue(type.Namespace, out var known) ? known : uses[type.Namespace] = [];
                used.UnionWith(
                    References(type)
                        .Select(Space)
                        .Where(space => space.StartsWith("Lrp.", StringComparison.Ordinal) && space != type.Namespace)
                );
            }
        }

        return uses.ToDictionary(entry => entry.Key, entry => (IReadOnlySet<string>)entry.Value);
    }

    private static string Space(TypeReference type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type.Namespace;
    }

    private static IEnumerable<TypeReference> References(TypeDefinition type)
    {
        var direct = new[] { type.BaseType }
            .Concat(type.Interfaces.Select(entry => entry.InterfaceType))
            .Concat(type.Fields.Select(field => field.FieldType))
            .Concat(type.Properties.Select(property => property.PropertyType))
            .Concat(type.Methods.SelectMany(References))
            .Where(reference => reference is not null);
        return direct.SelectMany(Unpacked).Concat(type.NestedTypes.SelectMany(References));
    }

    private static IEnumerable<TypeReference> References(MethodDefinition method)
    {
        yield return method.ReturnType;
        foreach (var parameter in method.Parameters)
        {
            yield return parameter.ParameterType;
        }

        if (!method.HasBody)
        {
            yield break;
        }

        foreach (var variable in method.Body.Variables)
        {
            yield return variable.VariableType;
        }

        foreach (var instruction in method.Body.Instructions)
        {
            switch (instruction.Operand)
            {
                case TypeReference type:
                    yield return type;
                    break;
                case MethodReference called:
                    yield return called.DeclaringType;
                    yield return called.ReturnType;
                    foreach (var argument in (called as GenericInstanceMethod)?.GenericArguments ?? [])
                    {
                        yield return argument;
                    }

                    break;
                case FieldReference field:
                    yield return field.DeclaringType;
                    yield return field.FieldType;
                    break;
            }
        }
    }

    private static IEnumerable<TypeReference> Unpacked(TypeReference type)
    {
        yield return type.GetElementType();
        if (type is GenericInstanceType generic)
        {
            foreach (var inner in generic.GenericArguments.SelectMany(Unpacked))
            {
                yield return inner;
            }
        }

        if (type is TypeSpecification { ElementType: { } element } && element != type)
        {
            foreach (var inner in Unpacked(element))
            {
                yield return inner;
            }
        }
    }
}
