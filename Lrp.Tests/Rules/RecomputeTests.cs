using Lrp.Composites;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>A block that is run again in the backward pass gives the relevance of a block that is kept.</summary>
[TestFixture]
public sealed class RecomputeTests
{
    private const int Wide = 256;
    private const int Rows = 20480;
    private const long WideBytes = Rows * Wide * sizeof(double);

    [Test]
    public void RelevanceIsThatOfABlockWhoseActivationsAreKept()
    {
        using var scope = NewDisposeScope();
        using var model = new Tower(blocks: 3);
        var x = randn(2, 4, dtype: ScalarType.Float64);

        var kept = Explained(model, x, Inside());
        var recomputed = Explained(model, x, new Composite { { typeof(Block), new Recompute() }, Inside() });

        Assert.That((kept - recomputed).abs().max().item<double>(), Is.LessThan(1e-14));
    }

    [Test]
    public void BlocksKeepNothingButTheirInputs()
    {
        using var scope = NewDisposeScope();
        using var model = new Tower(blocks: 3);
        var x = randn(Rows, 4, dtype: ScalarType.Float64).requires_grad_();

        var kept = GraphBytes(model, x, Inside());
        var recomputed = GraphBytes(model, x, new Composite { { typeof(Block), new Recompute() }, Inside() });

        // A block inside keeps the wide layer's output and that of its activation.
        Assert.That(kept - recomputed, Is.GreaterThan(3 * WideBytes));
    }

    [Test]
    public void ABlockMayTakeConstantsAndOtherArgumentsToo()
    {
        using var scope = NewDisposeScope();
        using var model = new Shifted();
        var x = randn(3, 4, dtype: ScalarType.Float64);

        var kept = Explained(model, x, Inside());
        var recomputed = Explained(model, x, new Composite { { typeof(ShiftedBlock), new Recompute() }, Inside() });

        Assert.That((kept - recomputed).abs().max().item<double>(), Is.LessThan(1e-14));
    }

    [Test]
    public void LayersInsideReportWhatTheyDidToRelevance()
    {
        using var scope = NewDisposeScope();
        using var model = new Tower(blocks: 2);
        var x = randn(2, 4, dtype: ScalarType.Float64).requires_grad_();
        using var registration = new Composite { { typeof(Block), new Recompute() }, Inside() }.Register(model);
        model.call(x)[0, 0].backward();

        Assert.That(registration.Conservation().ToString(), Does.Contain("_blocks.1._wide"));
    }

    [Test]
    public void AModelWithActiveDropoutIsRefused()
    {
        using var model = nn.Sequential(("block", nn.Sequential(("drop", nn.Dropout()), ("fc", nn.Linear(4, 4)))));
        var composite = new Composite { { "block", new Recompute() } };

        Assert.That(
            () => composite.Register(model),
            Throws.ArgumentException.With.Message.Contain("'block'").And.Message.Contain("eval()")
        );
    }

    [Test]
    public void RulesForFunctionsAreRefused()
    {
        using var model = new Tower(blocks: 1);
        var composite = new Composite { { typeof(Block), new Recompute() }, { Functions.Add, new Epsilon() } };

        Assert.That(
            () => composite.Register(model),
            Throws.ArgumentException.With.Message.Contain("_blocks.0").And.Message.Contain("Lrp.Rules.Modules")
        );
    }

    private static Composite Inside() => new() { { typeof(Linear), new Epsilon() }, { typeof(Tanh), new Pass() } };

    private static Tensor Explained(nn.Module<Tensor, Tensor> model, Tensor x, Composite composite)
    {
        using var registration = composite.Register(model);
        using var input = x.detach().requires_grad_();
        model.call(input)[0, 1].backward();
        registration.ThrowIfFaulted();
        return input.grad!.clone();
    }

    /// <summary>How much memory a forward pass holds while its graph lives.</summary>
    private static long GraphBytes(nn.Module<Tensor, Tensor> model, Tensor x, Composite composite)
    {
        using var registration = composite.Register(model);
        for (var warming = 0; warming < 2; warming++)
        {
            using var scope = NewDisposeScope();
            model.call(x).sum().backward();
        }

        var before = HeldMemory.Now().Native;
        using var output = Forward(model, x);
        return HeldMemory.Now().Native - before;
    }

    private static Tensor Forward(nn.Module<Tensor, Tensor> model, Tensor x)
    {
        using var scope = NewDisposeScope();
        return model.call(x).MoveToOuterDisposeScope();
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _wide;
        private readonly Tanh _act = nn.Tanh();
        private readonly Linear _narrow;

        public Block()
            : base(nameof(Block))
        {
            _wide = nn.Linear(4, Wide, dtype: ScalarType.Float64);
            _narrow = nn.Linear(Wide, 4, dtype: ScalarType.Float64);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _narrow.call(_act.call(_wide.call(input)));
    }

    private sealed class Tower : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<Block> _blocks;

        public Tower(int blocks)
            : base(nameof(Tower))
        {
            _blocks = nn.ModuleList([.. Enumerable.Range(0, blocks).Select(_ => new Block())]);
            RegisterComponents();
            foreach (var parameter in parameters())
            {
                parameter.requires_grad = false;
            }
        }

        public override Tensor forward(Tensor input) => _blocks.Aggregate(input, (x, block) => block.call(x));
    }

    /// <summary>Takes a constant tensor and two arguments that are no tensors.</summary>
    private sealed class ShiftedBlock : nn.Module<Tensor, (Tensor Table, string Name), bool, Tensor>
    {
        private readonly Linear _linear = nn.Linear(4, 4, dtype: ScalarType.Float64);
        private readonly Tanh _act = nn.Tanh();

        public ShiftedBlock()
            : base(nameof(ShiftedBlock)) => RegisterComponents();

        public override Tensor forward(Tensor input, (Tensor Table, string Name) shift, bool active)
        {
            var x = _linear.call(input + shift.Table);
            return active && shift.Name == "table" ? _act.call(x) : x;
        }
    }

    private sealed class Shifted : nn.Module<Tensor, Tensor>
    {
        private readonly ShiftedBlock _block = new();

        public Shifted()
            : base(nameof(Shifted)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var table = linspace(0, 1, 4, ScalarType.Float64);
            return _block.call(input, (table, "table"), true);
        }
    }
}
