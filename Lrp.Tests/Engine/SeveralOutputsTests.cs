using Lrp.Composites;
using Lrp.Core.Registrations;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>A model with several outputs of which one is explained: the others have no relevance.</summary>
[TestFixture]
public sealed class SeveralOutputsTests
{
    private static IEnumerable<TestCaseData> Composites()
    {
        yield return Named("EpsilonPlus", Presets.EpsilonPlus());
        yield return Named("EpsilonPlusFlat", Presets.EpsilonPlusFlat());
        yield return Named("EpsilonAlpha2Beta1", Presets.EpsilonAlpha2Beta1());
        yield return Named("EpsilonGammaBox", Presets.EpsilonGammaBox(-3, 3));
        yield return Named("ExcitationBackprop", Presets.ExcitationBackprop());
        yield return Named("DeconvNet", Presets.DeconvNet());
        yield return Named("GuidedBackprop", Presets.GuidedBackprop());
        yield return Named("BetaSmooth", Presets.BetaSmooth());
        foreach (
            var rule in new Lrp.Core.BackwardRule[]
            {
                new Epsilon(),
                new Gamma(),
                new AlphaBeta(),
                new ZPlus(),
                new WSquare(),
                new Flat(),
                new UniformEpsilon(),
                Taylor.AtInput(),
                new StopRelevance(),
            }
        )
        {
            yield return Named(rule.ToString(), new Composite { { typeof(TorchSharp.Modules.Linear), rule } });
        }

        yield return Named("functions", new Composite { { Functions.AttnLrp } });
    }

    [TestCaseSource(nameof(Composites))]
    public void OnlyTheExplainedOutputHasRelevance(Composite composite)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var model = new TwoHeads();
        for (var head = 0; head < 2; head++)
        {
            using var registration = composite.Register(model);
            var x = randn(2, 4).requires_grad_();
            var (first, second) = model.call(x);
            (head == 0 ? first : second)[0, 0].backward();

            registration.ThrowIfFaulted();
            Assert.That(x.grad!.isfinite().all().item<bool>(), Is.True);
            Assert.That(x.grad![1].abs().sum().item<float>(), Is.Zero);
            AssertSame(x, model, composite, registration, head);
        }
    }

    private static TestCaseData Named(string name, Composite composite) =>
        new TestCaseData(composite).SetArgDisplayNames(name);

    /// <summary>The relevance is that of a model which has the explained head alone.</summary>
    private static void AssertSame(Tensor x, TwoHeads model, Composite composite, Registration registration, int head)
    {
        var together = x.grad!.clone();
        registration.Dispose();
        var alone = nn.Sequential(model.Body, model.Activation, head == 0 ? model.First : model.Second);
        using (composite.Register(alone))
        {
            var y = x.detach().clone().requires_grad_();
            alone.call(y)[0, 0].backward();
            Assert.That(together.allclose(y.grad!, 1e-4, 1e-6), Is.True);
        }
    }

    private sealed class TwoHeads : nn.Module<Tensor, (Tensor, Tensor)>
    {
        [ComponentName(Name = "body")]
        private readonly TorchSharp.Modules.Linear _body = nn.Linear(4, 6);

        [ComponentName(Name = "act")]
        private readonly TorchSharp.Modules.ReLU _activation = nn.ReLU();

        [ComponentName(Name = "first")]
        private readonly TorchSharp.Modules.Linear _first = nn.Linear(6, 3);

        [ComponentName(Name = "second")]
        private readonly TorchSharp.Modules.Linear _second = nn.Linear(6, 2);

        public TwoHeads()
            : base(nameof(TwoHeads)) => RegisterComponents();

        public TorchSharp.Modules.Linear Body => _body;

        public TorchSharp.Modules.ReLU Activation => _activation;

        public TorchSharp.Modules.Linear First => _first;

        public TorchSharp.Modules.Linear Second => _second;

        public override (Tensor, Tensor) forward(Tensor input)
        {
            var hidden = _activation.call(_body.call(input));
            return (_first.call(hidden), _second.call(hidden));
        }
    }
}
