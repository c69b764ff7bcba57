namespace Lrp.Core.Audit;

/// <summary>What one operator, or one module with a rule, did about relevance in a forward pass.</summary>
/// <param name="Operator">The operator's name, or the module's type.</param>
/// <param name="Module">The module in whose forward it ran.</param>
/// <param name="Rule">Its rule; null where relevance follows the plain gradient.</param>
/// <param name="Concern">Why the plain gradient is no relevance rule here; null where it is one.</param>
internal sealed record AuditNote(string Operator, string Module, string? Rule, Concern? Concern);
