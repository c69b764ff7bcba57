using Lrp.Core.Interception;

namespace Lrp.Core.Functions;

/// <summary>A composite's entries for functions, by the operators that stand for them.</summary>
internal sealed class FunctionSites
{
    private readonly Dictionary<string, List<Entry>> _byOperator = [];

    /// <param name="entries">The entries, in the composite's order.</param>
    /// <param name="siteOf">Makes the site of an entry with a rule.</param>
    /// <exception cref="ArgumentException">This libtorch has no operator for a function.</exception>
    /// <exception cref="InvalidOperationException">The native library is missing.</exception>
    public FunctionSites(IReadOnlyList<FunctionEntry> entries, Func<FunctionEntry, RuleSite> siteOf)
    {
        if (entries.Any(entry => entry.Rule is not null))
        {
            OperatorInterception.ThrowIfUnavailable();
        }

        for (var k = 0; k < entries.Count; k++)
        {
            var entry = entries[k];
            if (entry.Rule is not null && !entry.Key.Operators.Any(OperatorCall.ExistsByFullName))
            {
                throw new ArgumentException(
                    $"This libtorch has no operator for the function {entry.Key} "
                        + $"({string.Join(", ", entry.Key.Operators)}), so it "
                        + "computes it from others. Give those rules, or use the drop-in."
                );
            }

            HaveRules |= entry.Rule is not null;
            var site = entry.Rule is null ? null : siteOf(entry);
            foreach (var name in entry.Key.Operators)
            {
                if (!_byOperator.TryGetValue(name, out var found))
                {
                    _byOperator[name] = found = [];
                }

                found.Add(new Entry(k, entry, site));
            }
        }
    }

    /// <summary>Whether an entry has a rule.</summary>
    public bool HaveRules { get; }

    /// <summary>Whether an entry stands for an operator.</summary>
    public bool Include(string name) => _byOperator.ContainsKey(name);

    /// <summary>The entries for an operator's overload and for all its overloads, in the composite's order.</summary>
    public IReadOnlyList<Entry> For(OperatorCall call) =>
        [
            .. new[] { call.FullName, call.Operator }
                .Distinct()
                .SelectMany(name => _byOperator.GetValueOrDefault(name) ?? [])
                .OrderBy(entry => entry.Number),
        ];

    /// <summary>An entry and its site; no site where the plain gradient is kept.</summary>
    public sealed record Entry(int Number, FunctionEntry Function, RuleSite? Site);
}
