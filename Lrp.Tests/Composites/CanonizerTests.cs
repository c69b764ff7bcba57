using Lrp.Composites;
using Lrp.Composites.Canonizers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Composites;

[TestFixture]
public sealed class CanonizerTests
{
    private static readonly Dictionary<string, (Func<Sequential> Create, long[] Shape)> Models = new()
    {
        ["conv"] = (() => nn.Sequential(("conv", nn.Conv2d(2, 4, 3)), ("norm", nn.BatchNorm2d(4))), [2, 2, 6, 6]),
        ["conv without bias"] = (
            () => nn.Sequential(("conv", nn.Conv2d(2, 4, 3, bias: false)), ("norm", nn.BatchNorm2d(4))),
            [2, 2, 6, 6]
        ),
        ["norm without parameters"] = (
            () => nn.Sequential(("conv", nn.Conv2d(2, 4, 3)), ("norm", nn.BatchNorm2d(4, affine: false))),
            [2, 2, 6, 6]
        ),
        ["transposed conv in groups"] = (
            () => nn.Sequential(("conv", nn.ConvTranspose2d(4, 6, 3, groups: 2)), ("norm", nn.BatchNorm2d(6))),
            [2, 4, 6, 6]
        ),
        ["linear"] = (() => nn.Sequential(("conv", nn.Linear(5, 4)), ("norm", nn.BatchNorm1d(4))), [3, 5]),
    };

    [TestCaseSource(nameof(Names))]
    public void MergingKeepsTheFunctionAndMakesTheNormAnIdentity(string name)
    {
        using var scope = NewDisposeScope();
        var (create, shape) = Models[name];
        using var model = Randomised(create());
        var input = randn(shape, ScalarType.Float64);
        var expected = model.call(input).detach();

        using var registration = new Composite(new MergeBatchNorm()).Register(model);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.call(input).allclose(expected, 1e-9, 1e-9), Is.True);
            Assert.That(((nn.Module<Tensor, Tensor>)model[0]).call(input).allclose(expected, 1e-9, 1e-9), Is.True);
        }
    }

    [TestCaseSource(nameof(Names))]
    public void UndoingGivesEveryBitBack(string name)
    {
        using var scope = NewDisposeScope();
        var (create, shape) = Models[name];
        using var model = Randomised(create());
        var before = model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone());

        using (new Composite(new MergeBatchNorm()).Register(model))
        {
            model.call(randn(shape, ScalarType.Float64));
            Assert.That(model.get_parameter("conv.weight")!.Equals(before["conv.weight"]), Is.False);
        }

        var after = model.state_dict();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Keys, Is.EquivalentTo(before.Keys));
            Assert.That(after.All(entry => entry.Value.Equals(before[entry.Key])), Is.True);
        }
    }

    [Test]
    public void PairsCanBeNamed()
    {
        using var scope = NewDisposeScope();
        using var model = Randomised(
            nn.Sequential(("norm", nn.BatchNorm2d(4)), ("other", nn.ReLU()), ("conv", nn.Conv2d(4, 4, 3)))
        );
        var conv = (Conv2d)model[2];
        var before = conv.weight.detach().clone();

        using (new NamedMergeBatchNorm(("conv", "norm")).Apply(model))
        {
            Assert.That(conv.weight.Equals(before), Is.False);
        }

        Assert.That(conv.weight.Equals(before), Is.True);
    }

    [Test]
    public void AnUnknownNameTellsTheClosest()
    {
        using var model = Randomised(Models["conv"].Create());
        Assert.That(
            () => new NamedMergeBatchNorm(("cnv", "norm")).Apply(model),
            Throws.ArgumentException.With.Message.Contains("'conv'")
        );
    }

    [Test]
    public void InTrainingModeMergingIsRefused()
    {
        using var model = Models["conv"].Create();
        Assert.That(
            () => new Composite(new MergeBatchNorm()).Register(model),
            Throws.InvalidOperationException.With.Message.Contains("eval()")
        );
    }

    [Test]
    public void AnActivationBetweenKeepsThemApart()
    {
        using var model = Randomised(
            nn.Sequential(("conv", nn.Conv2d(2, 4, 3)), ("relu", nn.ReLU()), ("norm", nn.BatchNorm2d(4)))
        );
        var before = ((Conv2d)model[0]).weight.detach().clone();

        using var registration = new Composite(new MergeBatchNorm()).Register(model);
        model.call(randn([1, 2, 6, 6], ScalarType.Float64));

        Assert.That(((Conv2d)model[0]).weight.Equals(before), Is.True);
    }

    [Test]
    public void ResidualAdditionsShareAsASumModuleDoes()
    {
        using var scope = NewDisposeScope();
        using var function = new AddingBlock(byModule: false);
        using var module = new AddingBlock(byModule: true);
        var input = rand([2, 4], ScalarType.Float64);

        var byFunction = Explain(function, Presets.EpsilonPlus(canonizers: new ResidualAdditions()), input);
        var byModule = Explain(module, Presets.EpsilonPlus(), input);

        Assert.That(byFunction.allclose(byModule, 1e-4, 1e-4), Is.True);
    }

    private static Tensor Explain(nn.Module<Tensor, Tensor> model, Composite composite, Tensor input)
    {
        using var registration = composite.Register(model);
        var point = input.clone().requires_grad_();
        model.call(point).sum().backward();
        registration.ThrowIfFaulted();
        return point.grad!;
    }

    /// <summary>x + relu(w·x), as an operator or as a module.</summary>
    private sealed class AddingBlock : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "layer")]
        private readonly Linear _layer = nn.Linear(4, 4);

        [ComponentName(Name = "relu")]
        private readonly ReLU _relu = nn.ReLU();

        [ComponentName(Name = "sum")]
        private readonly Lrp.Rules.Modules.Sum _sum = new([-1]);
        private readonly bool _byModule;

        public AddingBlock(bool byModule)
            : base(nameof(AddingBlock))
        {
            _byModule = byModule;
            manual_seed(6);
            nn.init.normal_(_layer.weight);
            nn.init.normal_(_layer.bias!);
            RegisterComponents();
            this.to(ScalarType.Float64);
        }

        public override Tensor forward(Tensor input)
        {
            var branch = _relu.call(_layer.call(input));
            return _byModule ? _sum.call(stack([branch, input], -1)) : branch + input;
        }
    }

    private static IEnumerable<string> Names() => Models.Keys;

    private static Sequential Randomised(Sequential model)
    {
        manual_seed(4);
        model.to(ScalarType.Float64);
        using (no_grad())
        {
            foreach (var (_, tensor) in model.state_dict().Where(entry => entry.Value.is_floating_point()))
            {
                tensor.add_(rand_like(tensor));
            }
        }

        model.eval();
        return model;
    }
}
