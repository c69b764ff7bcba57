using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core.Registrations;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Tests.Stress;

/// <summary>
/// Registrations, calls, exceptions, disposals and changes of a model in any order: the model is in the end what it
/// was, relevance is right or refused, and nothing is left in memory.
/// </summary>
[TestFixture]
public sealed class LifeAttackTests
{
    private const int Steps = 120;

    [Test]
    public void AnyOrderOfStepsLeavesTheModelAsItWas([Range(1, 12)] int seed)
    {
        var random = new Random(seed);
        using var model = new Fragile(seed);
        model.eval();
        var x = Enumerable.Range(0, 75).Select(_ => (float)random.NextDouble()).ToArray();
        var plain = Output(model, x);
        Registration? registration = null;
        var recorded = new List<IDisposable>();
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(8))
            {
                case 0 when registration is null:
                    registration = Pick(random).Register(model);
                    break;
                case 1:
                    recorded.ForEach(record => record.Dispose());
                    recorded.Clear();
                    registration?.Dispose();
                    registration = null;
                    break;
                case 2:
                    model.Throws = true;
                    Assert.That(() => Relevance(model, x), Throws.InstanceOf<Exception>());
                    model.Throws = false;
                    break;
                case 3 when registration is not null:
                    recorded.Add(registration.Record(random.Next(2) == 0 ? "conv" : "fc"));
                    break;
                case 4 when registration is not null:
                    Assert.That(() => Presets.EpsilonPlus().Register(model), Throws.InvalidOperationException);
                    break;
                case 5:
                    Assert.That(Output(model, x), Is.EqualTo(plain).Within(1e-4));
                    break;
                default:
                    Assert.That(Relevance(model, x), Has.All.Matches<float>(float.IsFinite));
                    registration?.ThrowIfFaulted();
                    break;
            }
        }

        registration?.Dispose();
        Assert.That(Output(model, x), Is.EqualTo(plain));
    }

    private static Composite Pick(Random random) =>
        random.Next(4) switch
        {
            0 => Presets.EpsilonPlus(canonizers: new MergeBatchNorm()),
            1 => Presets.EpsilonGammaBox(-3, 3),
            2 => new Composite { { Functions.AttnLrp } },
            _ => Presets.EpsilonPlusFlat(),
        };

    private static float[] Output(nn.Module<Tensor, Tensor> model, float[] x)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return model.call(tensor(x).reshape(1, 3, 5, 5)).data<float>().ToArray();
    }

    private static float[] Relevance(nn.Module<Tensor, Tensor> model, float[] values)
    {
        using var scope = NewDisposeScope();
        var x = tensor(values).reshape(1, 3, 5, 5).requires_grad_();
        model.call(x)[0, 1].backward();
        return x.grad!.data<float>().ToArray();
    }

    private sealed class Fragile : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Conv2d _conv;
        private readonly TorchSharp.Modules.BatchNorm2d _norm = nn.BatchNorm2d(4);
        private readonly TorchSharp.Modules.ReLU _act = nn.ReLU();
        private readonly TorchSharp.Modules.Linear _fc;

        public Fragile(int seed)
            : base(nameof(Fragile))
        {
            manual_seed(seed);
            _conv = nn.Conv2d(3, 4, 3);
            _fc = nn.Linear(36, 3);
            register_module("conv", _conv);
            register_module("norm", _norm);
            register_module("act", _act);
            register_module("fc", _fc);
        }

        public bool Throws { get; set; }

        public override Tensor forward(Tensor input)
        {
            var features = _act.call(_norm.call(_conv.call(input)));
            return Throws
                ? throw new InvalidOperationException("on purpose")
                : _fc.call(features.flatten(1) + features.flatten(1) * 0.5);
        }
    }
}
