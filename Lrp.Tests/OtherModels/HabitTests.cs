using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.OtherModels;

/// <summary>Habits that were seen in public models.</summary>
[TestFixture]
public sealed class HabitTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        random.manual_seed(5);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void WeightsOfAModuleThatIsNotRegisteredAreConstants([Values] bool inList)
    {
        var model = new Unregistered(inList);
        var x = randn([2, 4], ScalarType.Float64);
        using (var registration = new Composite { Functions.AttnLrpWith(StabilizerKind.Signed, 1e-12) }.Register(model))
        {
            var input = x.clone().requires_grad_();
            var output = model.call(input);
            output[0, 1].backward();
            registration.ThrowIfFaulted();
            Assert.That(input.grad!.sum().item<double>(), Is.EqualTo(output[0, 1].item<double>()).Within(1e-9));
        }

        Assert.That(model.Head.weight!.requires_grad, Is.True, "given back");
    }

    [Test]
    public void HistoryFromBeforeTheRegistrationIsTakenFromACache()
    {
        var model = new Caching();
        model.call(randn([2, 4], ScalarType.Float64).requires_grad_()).sum().backward(); // its graph is used up
        using var registration = new Composite { Functions.AttnLrp }.Register(model);
        var x = randn([2, 4], ScalarType.Float64).requires_grad_();
        Assert.That(() => model.call(x).sum().backward(), Throws.Nothing);
        registration.ThrowIfFaulted();
        Assert.That(x.grad!.isfinite().all().item<bool>(), Is.True);
    }

    [Test]
    public void ACacheThatLeavesADisposeScopeOpenDoesNotTakeTheResultAlong()
    {
        var model = nn.Linear(4, 3, dtype: ScalarType.Float64);
        var scopes = new List<DisposeScope>();
        var attributor = new CompositeAttributor(Presets.Epsilon(1e-12));
        using var result = attributor.Attribute(
            model,
            x =>
            {
                scopes.Add(NewDisposeScope()); // as a cache of keys and values does in its constructor
                return model.call(x);
            },
            randn([2, 4], ScalarType.Float64),
            Target.Class(1)
        );
        Assert.That(result.Relevance.shape, Is.EqualTo(new long[] { 2, 4 }));
        scopes.ForEach(scope => scope.Dispose());
        Assert.That(result.Relevance.isfinite().all().item<bool>(), Is.True, "it does not belong to that scope");
    }

    [Test]
    public void FeaturesMayBeACopyOfWhatTheirGateIsComputedFrom()
    {
        var conv = nn.Conv2d(3, 3, 1, dtype: ScalarType.Float64);
        var model = new Attentive(conv);
        using var registration = Presets.EpsilonPlus().Register(model);
        var x = randn([1, 3, 4, 4], ScalarType.Float64).requires_grad_();
        var output = model.call(x);
        output.sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(x.grad!.allclose(output), Is.True);
            Assert.That(registration.Audit().Warnings, Is.Empty);
        });
    }

    [Test]
    public void MasksByTheLowestNumberOfAWiderTypeHaveNoShare()
    {
        var mask = zeros(4, 4, ScalarType.Float64)
            .masked_fill(ones(4, 4).triu(1).to(ScalarType.Bool), finfo(ScalarType.Float64).min);
        var model = new Function(x => (x + mask).softmax(-1, ScalarType.Float32).to(ScalarType.Float64));
        using var registration = new Composite { Functions.AttnLrp }.Register(model);
        var x = randn([4, 4], ScalarType.Float64).requires_grad_();
        model.call(x)[2, 1].backward();
        registration.ThrowIfFaulted();
        Assert.That(x.grad!.isfinite().all().item<bool>(), Is.True);
    }

    [Test]
    public void RelevanceOfComplexNumbersIsThatOfBothTheirParts()
    {
        var factor = polar(ones(3, ScalarType.Float64), tensor(new[] { 0.3, 0.9, 1.7 }));
        var model = new Function(x => view_as_real(view_as_complex(x) * factor) * 2);
        using var registration = new Composite { Functions.AttnLrpWith(StabilizerKind.Signed, 1e-12) }.Register(model);
        var x = randn([3, 2], ScalarType.Float64).requires_grad_();
        model.call(x).sum().backward();
        var report = registration.Conservation();
        Assert.That(report.LostElsewhere, Is.EqualTo(0).Within(1e-9));
    }

    [Test]
    public void ABlockThatIsRepeatedIsMergedOnce()
    {
        var block = nn.Sequential(
            nn.Conv2d(3, 3, 1, dtype: ScalarType.Float64),
            nn.BatchNorm2d(3, dtype: ScalarType.Float64),
            nn.ReLU()
        );
        var model = nn.Sequential(block, block, block);
        model.eval();
        var x = randn([1, 3, 4, 4], ScalarType.Float64).requires_grad_();
        var before = model.call(x).detach();
        using (var registration = Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model))
        {
            Assert.That(model.call(x).allclose(before, 1e-10, 1e-10), Is.True);
        }

        Assert.That(model.call(x).Equals(before), Is.True);
    }

    [Test]
    public void AnActivationCalledByForwardHasTheRuleOfItsFunctionAndIsNoWarning()
    {
        var logger = new Engine.CollectingLogger();
        var gelu = nn.GELU();
        var model = new Forwarding(gelu);
        using var registration = Presets.EpsilonPlus().Register(model, logger);
        var x = randn([2, 4], ScalarType.Float64).requires_grad_();
        var output = model.call(x);
        output.sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(x.grad!.allclose(output), Is.True);
            Assert.That(logger.Warnings, Is.Empty);
        });
    }

    private sealed class Unregistered : nn.Module<Tensor, Tensor>
    {
        private readonly List<Linear> _heads = [];
        private readonly Linear _only;

        public Unregistered(bool inList)
            : base(nameof(Unregistered))
        {
            RegisterComponents(); // before its layers are there
            _only = nn.Linear(4, 3, hasBias: false, dtype: ScalarType.Float64);
            if (inList)
            {
                _heads.Add(nn.Linear(4, 3, hasBias: false, dtype: ScalarType.Float64));
            }
        }

        public Linear Head => _heads.Count > 0 ? _heads[0] : _only;

        public override Tensor forward(Tensor input) => Head.forward(input);
    }

    private sealed class Caching : nn.Module<Tensor, Tensor>
    {
        private readonly Tensor _cache = zeros(2, 2, 4, ScalarType.Float64).DetachFromDisposeScope();

        public Caching()
            : base(nameof(Caching)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            _cache[0] = input * 2;
            return _cache.sum([0L]);
        }
    }

    private sealed class Attentive : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d _conv;

        public Attentive(Conv2d conv)
            : base(nameof(Attentive))
        {
            _conv = conv;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var features = input.clone();
            return _conv.forward(input) * features;
        }
    }

    private sealed class Forwarding : nn.Module<Tensor, Tensor>
    {
        private readonly GELU _gelu;

        public Forwarding(GELU gelu)
            : base(nameof(Forwarding))
        {
            _gelu = gelu;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _gelu.forward(input);
    }
}
