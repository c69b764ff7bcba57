using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>The same rule is the same formula, however a model spells the function.</summary>
[TestFixture]
public sealed class OneFormulaTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void AResidualAdditionAndASumAsAModuleHaveTheSameRelevance()
    {
        manual_seed(1);
        var layer = nn.Linear(6, 6).to(ScalarType.Float64);
        var x = randn(3, 6, ScalarType.Float64);
        var byFunction = Relevance(new ByFunction(layer), Presets.EpsilonPlus(canonizers: new ResidualAdditions()), x);
        var byModule = Relevance(new ByModule(layer), Presets.EpsilonPlus(), x);
        Assert.That(byFunction.allclose(byModule, 1e-12, 1e-12), Is.True);
    }

    /// <summary>
    /// A step of an LSTM written with sums and products. The reference is the formula of Arras et al. 2017 by hand:
    /// gates are constants, sums are shared by the epsilon rule with the sign of the denominator.
    /// </summary>
    [Test]
    public void AnLstmCellWrittenWithSumsHasTheRelevanceOfItsFormula()
    {
        const double Epsilon = 0.001;
        manual_seed(2);
        var cell = new Cell();
        var x = randn(4, 5, ScalarType.Float64);
        var (h, c) = (randn(4, 3, ScalarType.Float64), randn(4, 3, ScalarType.Float64));
        cell.State = (h, c);
        var start = randn(4, 3, ScalarType.Float64);
        var rules = new Composite
        {
            { Functions.Linear, LrpRule.Lrp0() }, // its bias is in the sum that follows
            { Functions.Add, LrpRule.Epsilon(Epsilon) },
            { Functions.Elementwise, LrpRule.Identity() },
            { Functions.Mul, FunctionRule("signal takes all") },
        };
        var found = Relevance(cell, rules, x, start);

        var gates = cell.Gates(x, h);
        var (i, f, g) = (gates[0].sigmoid(), gates[1].sigmoid(), gates[2].tanh());
        var (kept, added) = (f * c, i * g);
        var sum = kept + added;
        var ofAdded = added * start / Stabilizer.Signed(Epsilon).Apply(sum);
        var pre = gates[2];
        var quotient = ofAdded / Stabilizer.Signed(Epsilon).Apply(pre);
        var expected = quotient.matmul(cell.InputWeights) * x;
        Assert.That(found.allclose(expected, 1e-9, 1e-12), Is.True);
    }

    /// <summary>The second factor of each product in the cell is its signal.</summary>
    private static Lrp.Core.Functions.FunctionRule FunctionRule(string name) =>
        Lrp.Core.Functions.FunctionRule.From(call => [null, call.Relevance], name);

    private static Tensor Relevance(
        nn.Module<Tensor, Tensor> model,
        Composite composite,
        Tensor x,
        Tensor? start = null
    )
    {
        using var registration = composite.Register(model, start: RelevanceStart.Gradient);
        var leaf = x.clone().requires_grad_();
        var output = model.call(leaf);
        output.backward([start ?? ones_like(output)]);
        registration.ThrowIfFaulted();
        return leaf.grad!;
    }

    private sealed class ByFunction : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> _layer;

        public ByFunction(nn.Module<Tensor, Tensor> layer)
            : base(nameof(ByFunction))
        {
            _layer = layer;
            register_module("layer", layer);
        }

        public override Tensor forward(Tensor input) => _layer.call(input) + input;
    }

    private sealed class ByModule : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> _layer;
        private readonly Lrp.Rules.Modules.Sum _sum = new([-1]);

        public ByModule(nn.Module<Tensor, Tensor> layer)
            : base(nameof(ByModule))
        {
            _layer = layer;
            register_module("layer", layer);
            register_module("sum", _sum);
        }

        public override Tensor forward(Tensor input) => _sum.call(stack([_layer.call(input), input], -1));
    }

    private sealed class Cell : nn.Module<Tensor, Tensor>
    {
        private readonly Tensor _weights = randn(9, 5, ScalarType.Float64);
        private readonly Tensor _recurrent = randn(9, 3, ScalarType.Float64);
        private readonly Tensor _bias = randn(9, ScalarType.Float64);

        public Cell()
            : base(nameof(Cell)) { }

        public (Tensor H, Tensor C) State { get; set; }

        public Tensor InputWeights => _weights.narrow(0, 6, 3);

        public Tensor[] Gates(Tensor x, Tensor h) => [.. Enumerable.Range(0, 3).Select(k => Gate(x, h, k))];

        public override Tensor forward(Tensor input)
        {
            var gates = Gates(input, State.H);
            return gates[1].sigmoid().detach() * State.C + gates[0].sigmoid().detach() * gates[2].tanh();
        }

        private Tensor Gate(Tensor x, Tensor h, int k)
        {
            var constant = h.matmul(_recurrent.narrow(0, 3 * k, 3).t()) + _bias.narrow(0, 3 * k, 3);
            return nn.functional.linear(x, _weights.narrow(0, 3 * k, 3)) + constant;
        }
    }
}
