using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>The spellings compute what they are called.</summary>
[TestFixture]
public sealed class HandWrittenTests
{
    private static IEnumerable<TestCaseData> Cases() =>
        HandWritten.All.Select(spelling => new TestCaseData(spelling).SetArgDisplayNames(spelling.Name));

    [TestCaseSource(nameof(Cases))]
    public void TheGateDoesNotChangeTheValue(HandWritten spelling)
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (randn(3, 8, ScalarType.Float64), rand(8, ScalarType.Float64) + 0.5);
        var value = spelling.Written(x, weight);
        Assert.That(value.dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(value.shape, Is.EqualTo(x.shape));
        Assert.That(spelling.Gated(x, weight).eq(value).all().item<bool>(), Is.True);
    }

    [TestCaseSource(nameof(Cases))]
    public void TheGateIsComputedFromTheInput(HandWritten spelling)
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (randn(3, 8, ScalarType.Float64), rand(8, ScalarType.Float64) + 0.5);
        Assert.That(Gradient(spelling.Written).allclose(Gradient(spelling.Gated), 1e-3, 1e-3), Is.False);

        Tensor Gradient(Func<Tensor, Tensor, Tensor> function)
        {
            var leaf = x.clone().requires_grad_();
            function(leaf, weight).sum().backward();
            return leaf.grad!;
        }
    }
}
