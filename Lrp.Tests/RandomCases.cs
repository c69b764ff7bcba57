using CsCheck;

namespace Lrp.Tests;

/// <summary>CsCheck's random cases, the same in each run, so that a run depends on the code alone.</summary>
/// <remarks>
/// With the variable <c>CsCheck_Seed</c> or <c>CsCheck_Iter</c> the cases are random as CsCheck draws them: a search
/// for new failures, from a seed or with another number of cases.
/// </remarks>
internal static class RandomCases
{
    private const uint Stream = 7;
    private const ulong Seed = 20240229;

    private static readonly bool Searches = new[] { "CsCheck_Seed", "CsCheck_Iter" }.Any(name =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 }
    );

    /// <summary>Runs an assertion on 100 cases; a case that fails is shrunk.</summary>
    /// <param name="generator">Makes the cases.</param>
    /// <param name="assertion">Throws where a case is wrong.</param>
    /// <exception cref="CsCheckException">A case fails; the message has a seed and the smallest case found.</exception>
    public static void Check<T>(this Gen<T> generator, Action<T> assertion)
        where T : notnull
    {
        if (Searches)
        {
            Search(seed: null);
            return;
        }

        var random = new PCG(Stream, Seed);
        for (var k = 0; k < 100; k++)
        {
            var seed = random.ToString();
            var @case = generator.Generate(random, null, out _);
            try
            {
                assertion(@case);
            }
            catch (Exception)
            {
                Search(seed);
                throw;
            }
        }

        void Search(string? seed) =>
            generator.Sample(assertion, seed: seed, threads: 1, print: @case => @case.ToString()!);
    }
}
