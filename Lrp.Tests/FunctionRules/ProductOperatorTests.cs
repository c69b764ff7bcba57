using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>
/// Operators that combine products and sums have the relevance of the products and sums that they stand for.
/// </summary>
[TestFixture]
public sealed class ProductOperatorTests
{
    private static readonly Lazy<jit.CompilationUnit> Scripts = new(() =>
        jit.compile(
            """
            def addmv(a: Tensor, b: Tensor, c: Tensor):
                return torch.addmv(a, b, c, beta=0.5, alpha=2)

            def addr(a: Tensor, b: Tensor, c: Tensor):
                return torch.addr(a, b, c, beta=3)

            def addbmm(a: Tensor, b: Tensor, c: Tensor):
                return torch.addbmm(a, b, c, alpha=2)

            def baddbmm_(a: Tensor, b: Tensor, c: Tensor):
                return a.clone().baddbmm_(b, c)

            def inner(a: Tensor, b: Tensor, c: Tensor):
                return torch.inner(a, b)

            def lerp(a: Tensor, b: Tensor, c: Tensor):
                return torch.lerp(a, b, 0.3)

            def multi_dot(a: Tensor, b: Tensor, c: Tensor):
                return torch.linalg_multi_dot([a, b, c])

            """
        )
    );

    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        manual_seed(6);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    private static IEnumerable<TestCaseData> Operators()
    {
        yield return Case(
            "inner",
            [
                [3, 4],
                [5, 4],
                [1],
            ],
            Scripted("inner"),
            (a, b, _) => Relevance.matmul(a, b.transpose(0, 1))
        );
        yield return Case(
            "inner of vectors",
            [
                [4],
                [4],
                [1],
            ],
            Scripted("inner"),
            (a, b, _) => Relevance.matmul(a, b)
        );
        yield return Case(
            "inner of batches",
            [
                [2, 3, 4],
                [5, 4],
                [1],
            ],
            Scripted("inner"),
            (a, b, _) => Relevance.einsum("bij,kj->bik", a, b)
        );
        yield return Case(
            "outer",
            [
                [3],
                [4],
                [1],
            ],
            (a, b, _) => a.outer(b),
            (a, b, _) => Relevance.matmul(a.unsqueeze(1), b.unsqueeze(0))
        );
        yield return Case(
            "tensordot",
            [
                [2, 3, 4],
                [4, 5, 2],
                [1],
            ],
            (a, b, _) => tensordot(a, b, new long[] { 2, 0 }, new long[] { 0, 2 }),
            (a, b, _) => Relevance.einsum("cij,jkc->ik", a, b)
        );
        yield return Case(
            "tensordot over one dimension",
            [
                [2, 3, 4],
                [4, 5, 2],
                [1],
            ],
            (a, b, _) => tensordot(a, b, new long[] { 2 }, new long[] { 0 }),
            (a, b, _) => Relevance.einsum("bij,jkc->bikc", a, b)
        );
        yield return Case(
            "addmm with factors",
            [
                [3, 5],
                [3, 4],
                [4, 5],
            ],
            (a, b, c) => addmm(a, b, c, 0.5f, 2),
            (a, b, c) => Sum(Relevance.mul(a, 0.5), Relevance.mul(Relevance.matmul(b, c), 2))
        );
        yield return Case(
            "addmv with factors",
            [
                [3],
                [3, 4],
                [4],
            ],
            Scripted("addmv"),
            (a, b, c) => Sum(Relevance.mul(a, 0.5), Relevance.mul(Relevance.matmul(b, c), 2))
        );
        yield return Case(
            "addr",
            [
                [3, 4],
                [3],
                [4],
            ],
            Scripted("addr"),
            (a, b, c) => Sum(Relevance.mul(a, 3), Relevance.matmul(b.unsqueeze(1), c.unsqueeze(0)))
        );
        yield return Case(
            "addbmm",
            [
                [3, 5],
                [2, 3, 4],
                [2, 4, 5],
            ],
            Scripted("addbmm"),
            (a, b, c) => Sum(a, Relevance.mul(Relevance.einsum("bij,bjk->ik", b, c), 2))
        );
        yield return Case(
            "baddbmm in place",
            [
                [2, 3, 5],
                [2, 3, 4],
                [2, 4, 5],
            ],
            Scripted("baddbmm_"),
            (a, b, c) => Sum(a, Relevance.matmul(b, c))
        );
        yield return Case(
            "addcmul",
            [
                [3, 4],
                [3, 4],
                [4],
            ],
            (a, b, c) => addcmul(a, b, c, 2),
            (a, b, c) => Relevance.add(a, Relevance.mul(Relevance.mul(b, c), 2))
        );
        yield return Case(
            "addcdiv by a constant",
            [
                [3, 4],
                [3, 4],
                [1],
            ],
            (a, b, _) => addcdiv(a, b, Divisor(), 2),
            (a, b, _) => Relevance.add(a, Relevance.mul(Relevance.div(b, Divisor()), 2))
        );
        yield return Case(
            "lerp",
            [
                [3, 4],
                [3, 4],
                [1],
            ],
            Scripted("lerp"),
            (a, b, _) => Relevance.add(Relevance.mul(a, 0.7), Relevance.mul(b, 0.3))
        );
        yield return Case(
            "multi_dot, of which the second product is smaller",
            [
                [2, 5],
                [5, 5],
                [5, 1],
            ],
            Scripted("multi_dot"),
            (a, b, c) => Relevance.matmul(a, Relevance.matmul(b, c))
        );
        yield return Case(
            "log_softmax",
            [
                [3, 5],
                [1],
                [1],
            ],
            (a, _, _) => nn.functional.log_softmax(a, -1),
            (a, _, _) => Relevance.log_softmax(a, -1)
        );
        yield return Case(
            "a masked log_softmax",
            [
                [3, 5],
                [1],
                [1],
            ],
            (a, _, _) => nn.functional.log_softmax(Masked(a), 1)[.., ..4],
            (a, _, _) => Relevance.log_softmax(Masked(a), 1)[.., ..4]
        );
    }

    [TestCaseSource(nameof(Operators))]
    public void AnOperatorHasTheRelevanceOfWhatItStandsFor(
        long[][] shapes,
        Func<Tensor, Tensor, Tensor, Tensor> function,
        Func<Tensor, Tensor, Tensor, Tensor> written
    )
    {
        var inputs = shapes.Select(shape => randn(shape, ScalarType.Float64)).ToArray();
        var start = randn(written(inputs[0], inputs[1], inputs[2]).shape, ScalarType.Float64);
        AssertSame(Intercepted(function, start, inputs), Written(written, start, inputs));
    }

    [Test]
    public void ABilinearLayerSharesEquallyBetweenItsInputsAndItsBiasAbsorbsItsPart()
    {
        using var layer = nn.Bilinear(4, 5, 3).to(ScalarType.Float64);
        Tensor[] inputs =
        [
            randn(2, 4, ScalarType.Float64),
            randn(2, 5, ScalarType.Float64),
            randn(1, ScalarType.Float64),
        ];
        var start = randn(2, 3, ScalarType.Float64);
        var found = Intercepted((a, b, _) => layer.call(a, b), start, inputs, layer);
        var expected = Written(
            (a, b, _) =>
                Relevance.add(
                    Relevance.einsum("bi,kij,bj->bk", a, layer.weight!.detach(), b),
                    layer.bias!.detach(),
                    1e-8
                ),
            start,
            inputs
        );
        AssertSame(found, expected);
    }

    /// <summary>The definition of deep Taylor decomposition at the input: R_i = Σ_j J_ji x_i R_j / y_j.</summary>
    [Test]
    public void ALogSoftmaxIsDecomposedAtItsInput()
    {
        var (x, start) = (randn(5, ScalarType.Float64), randn(5, ScalarType.Float64));
        var found = Written((a, _, _) => Relevance.log_softmax(a, 0, null, 0), start, [x, x, x])[0]!;
        var y = nn.functional.log_softmax(x, 0);
        var jacobian = eye(5, dtype: ScalarType.Float64) - y.exp().unsqueeze(0);
        var expected = x * jacobian.t().mv(start / y);
        Assert.That(found.allclose(expected, 1e-12, 1e-12), Is.True);
    }

    [Test]
    public void ANormByTheMeanAndTheVarianceOfOneOperatorIsANorm()
    {
        var (x, start) = (randn(3, 8, ScalarType.Float64), randn(3, 8, ScalarType.Float64));
        var found = Intercepted(
            (a, _, _) =>
            {
                var (variance, mean) = var_mean(a, new long[] { -1 }, unbiased: false, keepdim: true);
                return (a - mean) / (variance + 1e-5).sqrt();
            },
            start,
            [x, x, x]
        );
        var expected = Intercepted(
            (a, _, _) => (a - a.mean([-1], true)) / (a.var([-1], false, true) + 1e-5).sqrt().detach(),
            start,
            [x, x, x]
        );
        AssertSame(found[..1], expected[..1]);
    }

    [Test]
    public void ADivisionByWhatHasRelevanceIsRefusedInAddcdivToo()
    {
        var x = rand(3, 4, ScalarType.Float64) + 1;
        Assert.That(
            () => Intercepted((a, b, c) => addcdiv(a, b, c, 1), x, [x, x, x]),
            Throws.Exception.With.Message.Contains("constant divisor")
        );
    }

    private static TestCaseData Case(
        string name,
        long[][] shapes,
        Func<Tensor, Tensor, Tensor, Tensor> function,
        Func<Tensor, Tensor, Tensor, Tensor> written
    ) => new TestCaseData(shapes, function, written).SetArgDisplayNames(name);

    private static Func<Tensor, Tensor, Tensor, Tensor> Scripted(string name) =>
        (a, b, c) => Scripts.Value.invoke<Tensor>(name, a, b, c);

    /// <summary>A sum with the stabilizer that the entry for matrix products has.</summary>
    private static Tensor Sum(Tensor a, Tensor b) => Relevance.add(a, b, 1e-8);

    private static Tensor Divisor() => arange(1, 5, ScalarType.Float64);

    private static Tensor Masked(Tensor scores) =>
        scores.masked_fill(arange(5).eq(4).unsqueeze(0), double.NegativeInfinity);

    private static void AssertSame(Tensor?[] found, Tensor?[] expected)
    {
        for (var k = 0; k < expected.Length; k++)
        {
            if (expected[k] is { } wanted)
            {
                Assert.That(found[k]!.allclose(wanted, 1e-9, 1e-10), Is.True, $"operand {k}");
            }
            else
            {
                Assert.That(found[k], Is.Null, $"operand {k}");
            }
        }
    }

    private static Tensor?[] Written(Func<Tensor, Tensor, Tensor, Tensor> function, Tensor start, Tensor[] inputs)
    {
        var leaves = Array.ConvertAll(inputs, input => input.clone().requires_grad_());
        function(leaves[0], leaves[1], leaves[2]).backward([start]);
        Relevance.ThrowIfFaulted();
        return Array.ConvertAll(leaves, leaf => leaf.grad);
    }

    private static Tensor?[] Intercepted(
        Func<Tensor, Tensor, Tensor, Tensor> function,
        Tensor start,
        Tensor[] inputs,
        params nn.Module[] inner
    )
    {
        var model = new Function(function, inner); // not disposed: the caller uses the module inside again
        using var registration = new Composite { { Functions.AttnLrp } }.Register(
            model,
            start: RelevanceStart.Gradient
        );
        var leaves = Array.ConvertAll(inputs, input => input.clone().requires_grad_());
        model.call(leaves[0], leaves[1], leaves[2]).backward([start]);
        registration.ThrowIfFaulted();
        return Array.ConvertAll(leaves, leaf => leaf.grad);
    }

    private sealed class Function : nn.Module<Tensor, Tensor, Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor, Tensor, Tensor> _function;

        public Function(Func<Tensor, Tensor, Tensor, Tensor> function, nn.Module[] inner)
            : base(nameof(Function))
        {
            _function = function;
            for (var k = 0; k < inner.Length; k++)
            {
                register_module($"inner{k}", inner[k]);
            }
        }

        public override Tensor forward(Tensor first, Tensor second, Tensor third) => _function(first, second, third);
    }
}
