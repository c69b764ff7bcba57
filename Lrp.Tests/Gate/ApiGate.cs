namespace Lrp.Tests.Gate;

/// <summary>
/// Holds what an assembly refers to against the API list: each type and member it uses of the assembly behind
/// TorchSharp's API has to be public there and on the list.
/// </summary>
internal sealed class ApiGate
{
    private readonly PublicApiList list;
    private readonly Dictionary<string, string> lineOf = new(StringComparer.Ordinal);
    private readonly string target;

    /// <param name="list">The API list.</param>
    /// <param name="target">The simple name of the assembly behind the API.</param>
    /// <param name="surface">That assembly's public surface.</param>
    public ApiGate(PublicApiList list, string target, IReadOnlyList<ApiMember> surface)
    {
        this.list = list;
        this.target = target;
        foreach (var member in surface)
        {
            foreach (string reference in member.References)
            {
                lineOf[reference] = member.Line;
            }
        }
    }

    /// <summary>What <paramref name="assembly"/> uses that the list lacks, a sentence each.</summary>
    public IEnumerable<string> Disagreements(byte[] assembly)
    {
        foreach (string reference in ReferencedMembers.Of(assembly, target))
        {
            if (!lineOf.TryGetValue(reference, out string? line))
            {
                yield return $"not public in {target}: {reference}";
            }
            else if (!list.Has(line))
            {
                yield return list.NotListed(line);
            }
        }
    }
}
