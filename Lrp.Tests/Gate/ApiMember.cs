namespace Lrp.Tests.Gate;

/// <summary>One line of an assembly's public surface.</summary>
/// <param name="Line">The member in the API list's format.</param>
/// <param name="Owner">The type it belongs to, generic parameters named; a type owns its own line.</param>
/// <param name="References">
/// The keys by which other assemblies' metadata refer to it: a method's or field's own, a property's accessors.
/// </param>
internal sealed record ApiMember(string Line, string Owner, IReadOnlyList<string> References);
