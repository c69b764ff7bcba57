using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <summary>
/// The decomposition rules of libtorch's operators, by name. The current algorithm decides what linear algebra does
/// not.
/// </summary>
/// <remarks>
/// An operator without a rule that is made of other operators is broken down into these, which are looked up in turn.
/// </remarks>
public static partial class OperatorRules
{
    private static readonly Dictionary<string, OperatorRule> Known = Collect();

    /// <summary>The rule of an operator.</summary>
    /// <param name="name">Its name without the library and the in-place underscore: <c>conv2d</c>.</param>
    /// <returns>The rule, or null if there is none.</returns>
    public static OperatorRule? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>The operators that have a rule.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>Whether an operator in place replaces all of its first argument, whatever it was before.</summary>
    internal static bool Replaces(string name) => name is "copy" or "fill" or "zero";

    private static Dictionary<string, OperatorRule> Collect()
    {
        var rules = new Dictionary<string, OperatorRule>();
        Constants(rules);
        Shapes(rules);
        Selections(rules);
        Writes(rules);
        Joins(rules);
        Reductions(rules);
        Sums(rules);
        Products(rules);
        Convolutions(rules);
        Resizes(rules);
        MaxPools(rules);
        Norms(rules);
        Activations(rules);
        Attention(rules);
        Embeddings(rules);
        Recurrences(rules);
        return rules;
    }

    private static void Add(
        this Dictionary<string, OperatorRule> rules,
        OperatorRule rule,
        params ReadOnlySpan<string> names
    )
    {
        foreach (var name in names)
        {
            rules.Add(name, rule);
        }
    }

    /// <summary>A linear operator with one input and one output.</summary>
    private static OperatorRule LinearMap(Func<Operation, Tensor, bool, Tensor> map) =>
        OperatorRule.From(context =>
        {
            var operation = context.Operation;
            return context.First.Split.Map(t => map(operation, t, true), t => map(operation, t, false));
        });

    /// <summary>Several outputs, each of them linear in the first input.</summary>
    private static IReadOnlyList<CompositionChunk?> MapMany(
        CompositionChunk parts,
        Func<Tensor, bool, IReadOnlyList<Tensor?>> map
    )
    {
        var components = map(parts.Components, true);
        var residual = parts.Residual is null ? null : map(parts.Residual, false);
        return
        [
            .. components.Select(
                (component, k) =>
                    component is null ? null : new CompositionChunk(component, residual?[k], parts.IsContextual)
            ),
        ];
    }
}
