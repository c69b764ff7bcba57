using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>Complex numbers as rotary embeddings use them.</summary>
[TestFixture]
public sealed class ComplexTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    /// <summary>The rotation as a matrix of real numbers, one for each pair, with the epsilon rule.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void ARotationHasTheRelevanceOfItsRealMatrix(bool factorFirst)
    {
        var x = randn(2, 5, 3, 2, ScalarType.Float64);
        var angles = randn(5, 3, ScalarType.Float64);
        var start = randn(2, 5, 3, 2, ScalarType.Float64);
        var turn = polar(ones_like(angles), angles);

        var found = Relevance(
            t => view_as_real(factorFirst ? turn * view_as_complex(t) : view_as_complex(t) * turn),
            x,
            start
        );

        var (cos, sin) = (angles.cos(), angles.sin());
        var rows = stack([stack([cos, -sin], -1), stack([sin, cos], -1)], -2); // y = rows · x
        var contributions = rows.unsqueeze(0) * x.unsqueeze(-2);
        var expected = (contributions * (start / contributions.sum(-1)).unsqueeze(-1)).sum(-2);
        Assert.That(found.allclose(expected, 1e-5, 1e-7), Is.True);
        Assert.That(found.sum().item<double>(), Is.EqualTo(start.sum().item<double>()).Within(1e-4));
    }

    [Test]
    public void OtherFunctionsOfComplexNumbersAreRefusedByName()
    {
        var x = randn(2, 3, 2, ScalarType.Float64);
        Assert.That(
            () => Relevance(t => view_as_real(view_as_complex(t) + view_as_complex(t)), x, ones_like(x)),
            Throws.Exception.With.Message.Contains("aten::add.Tensor of complex numbers")
        );
        Assert.That(
            () => Relevance(t => view_as_real(view_as_complex(t) * view_as_complex(t)), x, ones_like(x)),
            Throws.Exception.With.Message.Contains("product of two complex tensors")
        );
    }

    private static Tensor Relevance(Func<Tensor, Tensor> function, Tensor x, Tensor start)
    {
        var model = new Function(function);
        using var registration = new Composite { { Functions.AttnLrp } }.Register(
            model,
            start: RelevanceStart.Gradient
        );
        var leaf = x.detach().clone().requires_grad_();
        model.call(leaf).backward([start]);
        registration.ThrowIfFaulted();
        return leaf.grad!;
    }

    private sealed class Function(Func<Tensor, Tensor> function) : nn.Module<Tensor, Tensor>(nameof(Function))
    {
        public override Tensor forward(Tensor input) => function(input);
    }
}
