using Lrp.Core.Lineage;

namespace Lrp.Core.Audit;

/// <summary>An operator, or a type of module with a rule, on the way from a model's input to its output.</summary>
/// <param name="Count">How many times it ran.</param>
/// <param name="Operator">The operator's name, such as <c>aten::add</c>, or the module's type.</param>
/// <param name="Module">The name of the module in whose forward it ran; empty for the model itself.</param>
/// <param name="Rule">
/// Its rule; "gradient" where relevance follows the plain gradient; "no effect" where no relevance passes it because
/// what it computes serves as a constant only, such as the deviation by which a norm divides.
/// </param>
/// <param name="Warning">What is wrong with the plain gradient there, and the remedy; null where nothing is.</param>
public sealed record AuditedOperator(int Count, string Operator, string Module, string Rule, string? Warning);

/// <summary>
/// Every operator that a model ran on the way from its input to its output, in its first forward pass after
/// registration, and what it does to relevance.
/// </summary>
/// <remarks>Needs the native library <c>lrp_dispatch</c>, which sees the operators.</remarks>
public sealed class ForwardAudit
{
    private ForwardAudit(IReadOnlyList<AuditedOperator> operators, IReadOnlyList<string> warnings)
    {
        Operators = operators;
        Warnings = warnings;
    }

    /// <summary>
    /// The operators, in the order in which they first ran; one row for each module, operator and rule.
    /// </summary>
    public IReadOnlyList<AuditedOperator> Operators { get; }

    /// <summary>
    /// One sentence for each kind of operator whose plain gradient is no relevance rule and that had no rule.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The table, then the warnings.</summary>
    /// <returns>Text.</returns>
    public override string ToString()
    {
        var rows = new List<string[]> { new[] { "count", "operator", "module", "rule", "" } };
        foreach (var row in Operators)
        {
            rows.Add([
                row.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
                row.Operator,
                row.Module.Length == 0 ? "(model)" : row.Module,
                row.Rule,
                row.Warning is null ? "" : "no relevance rule",
            ]);
        }

        return TextTable.Format(rows) + string.Concat(Warnings.Select(warning => $"{warning}\n"));
    }

    /// <summary>Collects what lies between the outputs and the inputs.</summary>
    /// <param name="outputs">The facts about the model's outputs.</param>
    /// <param name="gradientIsMeant">
    /// Whether the composite is a gradient method, for which the gradient is right.
    /// </param>
    internal static ForwardAudit Of(IEnumerable<TensorFact> outputs, bool gradientIsMeant)
    {
        var ends = outputs.ToList();
        var carrying = TensorFact.Carrying(ends);
        var all = TensorFact.Carrying(ends, throughConstants: true);
        var rows = all.OrderBy(fact => fact.Number)
            .Select(fact => (Note: fact.Note as AuditNote, Carries: carrying.Contains(fact)))
            .Where(entry => entry.Note is not null)
            .DistinctBy(entry => entry.Note!, ReferenceEqualityComparer.Instance)
            .Select(entry => (Note: entry.Note!, entry.Carries))
            .GroupBy(entry =>
                (entry.Note.Operator, entry.Note.Module, Rule: RuleOf(entry.Note, entry.Carries), entry.Note.Concern)
            )
            .Select(group =>
                (
                    Row: new AuditedOperator(
                        group.Count(),
                        group.Key.Operator,
                        group.Key.Module,
                        group.Key.Rule,
                        group.Key.Concern is { } concern && group.Key.Rule == "gradient" && !gradientIsMeant
                            ? $"{concern.What}: add {concern.Remedy}"
                            : null
                    ),
                    group.Key.Concern
                )
            )
            .ToList();
        var warnings = rows.Where(entry => entry.Row.Warning is not null)
            .GroupBy(entry => entry.Concern!)
            .Select(group => Sentence(group.Key, [.. group.Select(entry => entry.Row)]))
            .ToList();
        return new ForwardAudit([.. rows.Select(entry => entry.Row)], warnings);
    }

    private static string RuleOf(AuditNote note, bool carries) => carries ? note.Rule ?? "gradient" : "no effect";

    private static string Sentence(Concern concern, List<AuditedOperator> rows)
    {
        var operators = rows.Select(row => row.Operator).Distinct().ToList();
        var names = string.Join(", ", operators);
        var remedy = concern.Remedy.Replace("its name", operators[0], StringComparison.Ordinal);
        var modules = rows.Select(row => row.Module.Length == 0 ? "the model's forward" : $"'{row.Module}'")
            .Distinct()
            .ToList();
        var places =
            string.Join(", ", modules.Take(3)) + (modules.Count > 3 ? $" and {modules.Count - 3} other modules" : "");
        return $"{names} ({rows.Sum(row => row.Count)} times, in {places}) is {concern.What}, and relevance follows "
            + $"its plain gradient, which is no relevance rule. Remedy: add {remedy} to the composite.";
    }
}
