namespace Lrp.Rules.FunctionRules;

/// <summary>Which operand of a product or quotient takes all relevance.</summary>
internal enum GateRole
{
    /// <summary>None: the operands share it, or no rule says.</summary>
    None,

    /// <summary>The first; the second is a gate or a constant.</summary>
    First,

    /// <summary>The second.</summary>
    Second,

    /// <summary>What both were computed from, entry by entry.</summary>
    Source,
}
