using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>The cost of one operator call: additions of 4 elements, and ways to free their results.</summary>
internal sealed class OperatorCost : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "each disposed";

    private const int Additions = 200_000;
    private const int PerScope = 1_000;

    private readonly Tensor _a = tensor(new float[] { 1, 2, 3, 4 });
    private readonly Tensor _b = tensor(new float[] { 5, 6, 7, 8 });

    public Visit Open(string name) =>
        name switch
        {
            "in dispose scopes" => new Visit(InScopes, Additions),
            "in dispose scopes, no_grad" => new Visit(InScopes, Additions, no_grad()),
            "left to the collector" => new Visit(LeftToCollector, Additions),
            _ => new Visit(EachDisposed, Additions),
        };

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    private void InScopes()
    {
        for (var done = 0; done < Additions; done += PerScope)
        {
            using var scope = NewDisposeScope();
            for (var k = 0; k < PerScope; k++)
            {
                _ = _a + _b;
            }
        }
    }

    private void EachDisposed()
    {
        for (var k = 0; k < Additions; k++)
        {
            using var sum = _a + _b;
        }
    }

    private void LeftToCollector()
    {
        for (var k = 0; k < Additions; k++)
        {
            _ = _a + _b;
        }
    }
}
