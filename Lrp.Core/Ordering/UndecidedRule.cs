using static TorchSharp.torch;

namespace Lrp.Core.Ordering;

/// <summary>
/// The rule of a call that began before it was known whether the module is the last one: it keeps what both rules need,
/// and decides when relevance arrives.
/// </summary>
/// <param name="ordered">Decides.</param>
/// <param name="own">The rule where the module is not the last one; null for none.</param>
/// <param name="last">The rule where it is; null for the plain gradient.</param>
/// <param name="lacksFunctions">
/// Whether functions have rules, and the call is one that they had no part in, because the module was found by its
/// weight.
/// </param>
internal sealed class UndecidedRule(OrderedRule ordered, BackwardRule? own, BackwardRule? last, bool lacksFunctions)
    : BackwardRule
{
    /// <summary>
    /// Whether no entry decides about the module unless it is the last one: then functions inside have their rules.
    /// </summary>
    public bool HasNoOtherEntry => own is null;

    public override RuleNeeds NeedsFor(nn.Module module) =>
        (own?.NeedsFor(module) ?? RuleNeeds.LocalGraph) | (last?.NeedsFor(module) ?? RuleNeeds.LocalGraph);

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        var rule = ordered.Settled();
        if (rule is null)
        {
            return lacksFunctions && HasNoOtherEntry && !ordered.IsChosen
                ? throw new NotSupportedException(
                    "the module runs by forward(), and in the first pass it is open whether it is the last layer, so "
                        + "that functions did not have their rules in it. Give it an entry with its name or its type, "
                        + "or run it by call()"
                )
                : call.Gradient(call.OutputRelevance);
        }

        // Functions inside the module had rules in the forward pass, which are in the graph.
        var needsGraph = rule.NeedsFor(call.Module).HasFlag(RuleNeeds.LocalGraph);
        return rule.Propagate(HasNoOtherEntry && !lacksFunctions && needsGraph ? Again(call) : call);
    }

    public override string ToString() =>
        $"{own?.ToString() ?? "plain gradient"} or {last?.ToString() ?? "plain gradient"}";

    /// <summary>The call with the graph of the module alone.</summary>
    private static RelevanceCall Again(RelevanceCall call)
    {
        if (call.Module is not nn.Module<Tensor, Tensor>)
        {
            throw new NotSupportedException(
                "in the first pass a rule for the last layer is only defined for modules of one tensor to one tensor "
                    + "where the module has no rule otherwise. Give its type an entry, or use an entry with its name"
            );
        }

        using var on = enable_grad();
        var input = call.Input.detach().requires_grad_();
        return new RelevanceCall(
            call.Site,
            call.OutputRelevance,
            call.InputShapes,
            call.OutputShapes,
            [input],
            [call.Site.Rerun(input)]
        )
        {
            GivenArguments = call.GivenArguments,
            InputPositions = call.InputPositions,
        };
    }
}
