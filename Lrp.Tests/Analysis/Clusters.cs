using static TorchSharp.torch;

namespace Lrp.Tests.Analysis;

/// <summary>Rows whose first neurons carry the class, and whose others are noise.</summary>
internal static class Clusters
{
    public static (Tensor Activations, Tensor Labels) Make(
        long rows = 240,
        long neurons = 12,
        long classes = 3,
        double apart = 3,
        ScalarType type = ScalarType.Float32,
        int seed = 0
    )
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var labels = arange(rows, dtype: ScalarType.Int64).remainder(classes);
        var x = empty([rows, neurons], dtype: type).normal_(0, 1, generator);
        var signal = nn.functional.one_hot(labels, classes).to(type) * apart;
        x.narrow(1, 0, classes).add_(signal);
        return (x.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }
}
