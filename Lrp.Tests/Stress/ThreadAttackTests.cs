using System.Collections.Concurrent;
using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using Lrp.Tests.Engine;
using static TorchSharp.torch;

namespace Lrp.Tests.Stress;

/// <summary>Many threads at once on one model or on many: every number is that of one thread alone.</summary>
[TestFixture]
public sealed class ThreadAttackTests
{
    private const int Rounds = 40;

    private static IEnumerable<TestCaseData> Composites()
    {
        yield return new TestCaseData(Presets.EpsilonPlus()).SetArgDisplayNames("EpsilonPlus");
        yield return new TestCaseData(Presets.EpsilonGammaBox(-3, 3)).SetArgDisplayNames("EpsilonGammaBox");
        yield return new TestCaseData(Presets.EpsilonAlpha2Beta1Flat()).SetArgDisplayNames("EpsilonAlpha2Beta1Flat");
        yield return new TestCaseData(new Composite { { Functions.AttnLrp } }).SetArgDisplayNames("functions");
    }

    [TestCaseSource(nameof(Composites))]
    public void OneRegisteredModelOnManyThreads(Composite composite)
    {
        using var model = Networks.Convolutional(bias: true, dtype: ScalarType.Float32);
        using var registration = composite.Register(model);
        var inputs = Enumerable.Range(0, Rounds).Select(Images).ToArray();
        var alone = inputs.Select(x => Relevance(model, x)).ToArray();
        var together = new float[Rounds][];

        Parallel.For(0, Rounds, k => together[k] = Relevance(model, inputs[k]));

        registration.ThrowIfFaulted();
        for (var k = 0; k < Rounds; k++)
        {
            Assert.That(together[k], Is.EqualTo(alone[k]).Within(1e-4), $"input {k}");
        }
    }

    [TestCaseSource(nameof(Composites))]
    public void ManyModelsRegisteredAndReleasedOnManyThreads(Composite composite)
    {
        var failures = new ConcurrentBag<Exception>();
        Parallel.For(
            0,
            Rounds,
            k =>
            {
                try
                {
                    using var model = Networks.Convolutional(bias: true, dtype: ScalarType.Float32);
                    var x = Images(k);
                    var plain = Output(model, x);
                    using (composite.Register(model))
                    {
                        Assert.That(Relevance(model, x), Has.All.Matches<float>(float.IsFinite));
                    }

                    Assert.That(Output(model, x), Is.EqualTo(plain));
                }
                catch (Exception e)
                {
                    failures.Add(e);
                }
            }
        );
        Assert.That(failures, Is.Empty);
    }

    [Test]
    public void AttributorsOnManyThreadsShareNothing()
    {
        using var model = Networks.Convolutional(bias: true, dtype: ScalarType.Float32);
        model.eval();
        var methods = new IAttributor[]
        {
            new IntegratedGradients { Steps = 5 },
            new InputXGradient(),
            new Occlusion { Window = [4, 4] },
        };
        var inputs = Enumerable.Range(0, 12).Select(Images).ToArray();
        var alone = inputs.Select(x => Sums(methods, model, x)).ToArray();
        Parallel.For(
            0,
            inputs.Length,
            k => Assert.That(Sums(methods, model, inputs[k]), Is.EqualTo(alone[k]).Within(1e-4))
        );
    }

    [Test]
    public void RulesThatFailOnManyThreadsAreFaultsAndNothingElse()
    {
        using var model = Networks.Convolutional(bias: true, dtype: ScalarType.Float32);
        using var registration = new Composite
        {
            { typeof(TorchSharp.Modules.Conv2d), new Sometimes() },
            { typeof(TorchSharp.Modules.Linear), LrpRule.Epsilon() },
        }.Register(model);
        var (finite, notANumber) = (0, 0);
        Parallel.For(
            0,
            Rounds,
            k =>
            {
                var isFinite = Relevance(model, Images(k)).All(float.IsFinite);
                Interlocked.Increment(ref isFinite ? ref finite : ref notANumber);
            }
        );
        Assert.That(finite + notANumber, Is.EqualTo(Rounds));
        Assert.That(notANumber, Is.GreaterThan(0));
        Assert.That(registration.ThrowIfFaulted, Throws.TypeOf<RelevanceException>());
    }

    private static double[] Sums(IAttributor[] methods, nn.Module<Tensor, Tensor> model, float[] x)
    {
        using var scope = NewDisposeScope();
        return
        [
            .. methods.SelectMany(method =>
            {
                using var result = method.Attribute(model, Tensor(x), 1L);
                return result.Sums;
            }),
        ];
    }

    private static float[] Images(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 2 * 8 * 8).Select(_ => (float)(random.NextDouble() * 2) - 1)];
    }

    private static Tensor Tensor(float[] values) => tensor(values).reshape(1, 2, 8, 8);

    private static float[] Output(nn.Module<Tensor, Tensor> model, float[] x)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return model.call(Tensor(x)).data<float>().ToArray();
    }

    private static float[] Relevance(nn.Module<Tensor, Tensor> model, float[] values)
    {
        using var scope = NewDisposeScope();
        var x = Tensor(values).requires_grad_();
        model.call(x)[0, 1].backward();
        return x.grad!.data<float>().ToArray();
    }

    /// <summary>Fails where the relevance that arrives says so, so that no chance is involved.</summary>
    private sealed class Sometimes : BackwardRule
    {
        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
        {
            var sum = call.Relevance.sum().to(ScalarType.Float32).item<float>();
            return BitConverter.SingleToInt32Bits(sum) % 2 == 0
                ? throw new InvalidOperationException("on purpose")
                : [call.InputShapes[0].Filled(sum)];
        }
    }
}
