using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Rules.FunctionRules;
using Lrp.Rules.Modules;
using Lrp.Tests.Engine;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Composites;

/// <summary>Presets give the functions that a forward calls the rules that they give to modules.</summary>
[TestFixture]
public sealed class PresetFunctionTests
{
    private static readonly Dictionary<string, Func<ICanonizer[], Composite>> Presets = new()
    {
        ["Epsilon"] = canonizers => Lrp.Composites.Presets.Epsilon(canonizers: canonizers),
        ["EpsilonPlus"] = canonizers => Lrp.Composites.Presets.EpsilonPlus(canonizers: canonizers),
        ["EpsilonPlusFlat"] = canonizers => Lrp.Composites.Presets.EpsilonPlusFlat(canonizers: canonizers),
        ["EpsilonAlpha2Beta1"] = canonizers => Lrp.Composites.Presets.EpsilonAlpha2Beta1(canonizers: canonizers),
        ["EpsilonAlpha2Beta1Flat"] = canonizers =>
            Lrp.Composites.Presets.EpsilonAlpha2Beta1Flat(canonizers: canonizers),
        ["EpsilonGammaBox"] = canonizers => Lrp.Composites.Presets.EpsilonGammaBox(-3, 3, canonizers: canonizers),
        ["ExcitationBackprop"] = canonizers => Lrp.Composites.Presets.ExcitationBackprop(canonizers: canonizers),
        ["GuidedBackprop"] = canonizers => Lrp.Composites.Presets.GuidedBackprop(canonizers),
        ["DeconvNet"] = canonizers => Lrp.Composites.Presets.DeconvNet(canonizers),
        ["BetaSmooth"] = canonizers => Lrp.Composites.Presets.BetaSmooth(10, canonizers),
    };

    private static readonly string[] Gradients = ["GuidedBackprop", "DeconvNet", "BetaSmooth"];

    private static IEnumerable<string> Names => Presets.Keys;

    [TestCaseSource(nameof(Names))]
    public void FunctionsAndModulesGiveOneRelevance(string preset)
    {
        using var scope = NewDisposeScope();
        var x = Away(1, 2, 3, 8, 8);
        var byFunction = Explain(new Block(byModule: false), Presets[preset]([]), x);
        var modules = new Composite();
        if (Gradients.Contains(preset))
        {
            modules.Add(typeof(Add), null); // by itself it has a rule
        }

        modules.Add(Presets[preset]([]));
        var byModule = Explain(new Block(byModule: true), modules, x);
        Assert.That(Distance(byFunction, byModule), Is.LessThan(1e-12));
    }

    [TestCaseSource(nameof(Names))]
    public void WithoutTheNativeLibraryOneWarningSaysWhatKeepsItsGradient(string preset)
    {
        using var scope = NewDisposeScope();
        var x = Away(1, 2, 3, 8, 8);
        var logger = new CollectingLogger();
        var composite = Presets[preset]([]);
        composite.CanIntercept = () => false;
        var without = Explain(new Block(byModule: false), composite, x, logger);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                logger.Warnings.Where(text => text.Contains("forward()")),
                Has.Exactly(1)
                    .Contains("Sums, pools, activations and other functions")
                    .And.One.Contains("the model (Block)")
                    .And.One.Contains("Lrp.Rules.Modules.Add")
            );
            Assert.That(
                Distance(without, Explain(new Block(byModule: false), Presets[preset]([]), x)),
                Is.GreaterThan(1e-3)
            );
        }
    }

    [Test]
    public void SumsKeepTheirRuleByACanonizer()
    {
        using var scope = NewDisposeScope();
        var x = Away(1, 2, 3, 8, 8);
        var composite = Presets["EpsilonPlus"]([new ResidualAdditions()]);
        composite.CanIntercept = () => false;
        using var model = new Block(byModule: false);
        using var registration = composite.Register(model);
        Assert.That(registration.Describe(), Does.Contain("add()").And.Not.Contain("avg_pool()"));
    }

    [Test]
    public void ACanonizersRuleForSumsWinsOverThePresets()
    {
        using var scope = NewDisposeScope();
        var x = Away(1, 2, 4);
        var own = new ResidualAdditions(LrpRule.Uniform());
        var uniform = Explain(new Doubling(), Presets["EpsilonPlus"]([own]), x);
        var expected = Explain(
            new Doubling(),
            new Composite { { Functions.Add, LrpRule.Uniform() }, Presets["EpsilonPlus"]([]) },
            x
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SameBits(uniform, expected), Is.True);
            Assert.That(SameBits(uniform, Explain(new Doubling(), Presets["EpsilonPlus"]([]), x)), Is.False);
        }
    }

    [Test]
    public void AnEntryBeforeThePresetKeepsAFunctionsGradient()
    {
        using var scope = NewDisposeScope();
        var x = Away(1, 2, 4);
        var kept = Explain(new Doubling(), new Composite { { Functions.Add, null }, Presets["EpsilonPlus"]([]) }, x);
        Assert.That(
            Distance(kept.sum(), Explain(new Doubling(), Presets["EpsilonPlus"]([]), x).sum()),
            Is.GreaterThan(0.1)
        );
    }

    [TestCaseSource(nameof(Names))]
    public void AModelOfTorchsModulesIsNotIntercepted(string preset)
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(
            nn.Conv2d(1, 2, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(),
            nn.Flatten(),
            nn.Linear(18, 3)
        );
        var logger = new CollectingLogger();
        var composite = Presets[preset]([]);
        composite.CanIntercept = () => throw new InvalidOperationException("nobody needs to know");
        using var registration = composite.Register(model, logger);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(registration.Describe(), Does.Not.Contain("()"));
            Assert.That(model.parameters().All(parameter => parameter.requires_grad), Is.True);
            Assert.That(logger.Warnings.Where(text => text.Contains("forward()")), Is.Empty);
        }
    }

    [Test]
    public void AModelWithoutACallIsNoReasonToFail()
    {
        using var model = new NeverCalled();
        var logger = new CollectingLogger();
        using var registration = Presets["EpsilonPlus"]([]).Register(model, logger);
        Assert.That(logger.Warnings, Has.Exactly(1).Contains("a NeverCalled has no call()"));
    }

    [Test]
    public void FunctionsThatAModelDoesNotCallAreNotReported()
    {
        using var scope = NewDisposeScope();
        var logger = new CollectingLogger();
        Explain(new Doubling(), Presets["EpsilonPlus"]([]), Away(1, 2, 4), logger);
        Assert.That(logger.Entries.Select(entry => entry.Text), Has.None.Contains("did not call"));
    }

    private static Tensor Explain(
        nn.Module<Tensor, Tensor> model,
        Composite composite,
        Tensor input,
        CollectingLogger? logger = null
    )
    {
        using var registration = composite.Register(model, logger);
        var point = input.clone().requires_grad_();
        model.call(point)[.., 0].sum().backward();
        registration.ThrowIfFaulted();
        return point.grad!;
    }

    /// <summary>x + relu(w·x).</summary>
    private sealed class Doubling : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "layer")]
        private readonly TorchSharp.Modules.Linear _layer = nn.Linear(4, 4);

        public Doubling()
            : base(nameof(Doubling))
        {
            RegisterComponents();
            Block.Fill(this);
        }

        public override Tensor forward(Tensor input) => input + _layer.call(input).relu();
    }

    private sealed class NeverCalled : nn.Module
    {
        public NeverCalled()
            : base(nameof(NeverCalled)) => register_module("layer", nn.Linear(4, 4));
    }

    /// <summary>A residual block and a head, of functions or of modules.</summary>
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "first")]
        private readonly Conv2d _first = nn.Conv2d(3, 4, 3, padding: 1);

        [ComponentName(Name = "second")]
        private readonly Conv2d _second = nn.Conv2d(4, 4, 3, padding: 1);

        [ComponentName(Name = "head")]
        private readonly TorchSharp.Modules.Linear _head = nn.Linear(4, 3);

        [ComponentName(Name = "relu")]
        private readonly ReLU _relu = nn.ReLU();

        [ComponentName(Name = "sum")]
        private readonly Add _sum = new();

        [ComponentName(Name = "pool")]
        private readonly AvgPool2d _pool = nn.AvgPool2d(2);

        [ComponentName(Name = "whole")]
        private readonly AdaptiveAvgPool2d _whole = nn.AdaptiveAvgPool2d(1);
        private readonly bool _byModule;

        public Block(bool byModule)
            : base(nameof(Block))
        {
            _byModule = byModule;
            RegisterComponents();
            Fill(this);
        }

        /// <summary>The same numbers in every instance.</summary>
        public static void Fill(nn.Module model)
        {
            using var scope = NewDisposeScope();
            using var constant = no_grad();
            model.to(ScalarType.Float64);
            model.eval();
            var k = 0;
            foreach (var parameter in model.parameters())
            {
                parameter.copy_(Away(k++, parameter.shape) * 0.3);
            }
        }

        public override Tensor forward(Tensor input) => _byModule ? ByModule(input) : ByFunction(input);

        private Tensor ByModule(Tensor input)
        {
            var x = _pool.call(_relu.call(_first.call(input)));
            x = _relu.call(_sum.call(_second.call(x), x));
            return _head.call(_whole.call(x).flatten(1));
        }

        private Tensor ByFunction(Tensor input)
        {
            var x = F.avg_pool2d(_first.call(input).relu(), 2);
            x = (_second.call(x) + x).relu_();
            return _head.call(F.adaptive_avg_pool2d(x, 1).flatten(1));
        }
    }
}
