using Digits;
using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>The network and the digits that the examples carry, under every preset.</summary>
[TestFixture]
public sealed class DigitsTests
{
    private static IEnumerable<TestCaseData> EveryPreset()
    {
        yield return Case("EpsilonPlus", Presets.EpsilonPlus());
        yield return Case("EpsilonPlusFlat", Presets.EpsilonPlusFlat());
        yield return Case("EpsilonAlpha2Beta1", Presets.EpsilonAlpha2Beta1());
        yield return Case("EpsilonAlpha2Beta1Flat", Presets.EpsilonAlpha2Beta1Flat());
        yield return Case("EpsilonGammaBox", Presets.EpsilonGammaBox(0, 1));
        yield return Case("ExcitationBackprop", Presets.ExcitationBackprop());
        yield return Case("DeconvNet", Presets.DeconvNet());
        yield return Case("GuidedBackprop", Presets.GuidedBackprop());
        yield return Case("BetaSmooth", Presets.BetaSmooth());

        static TestCaseData Case(string name, Composite composite) =>
            new TestCaseData(composite).SetArgDisplayNames(name);
    }

    [Test]
    public void TheNetworkReadsItsTestDigits()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var model = DigitsNetwork.Pretrained();
        using var digits = TestDigits.Load();
        var right = model.call(digits.Images).argmax(1).eq(digits.Labels).sum().item<long>();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(digits.Images.shape, Is.EqualTo(new long[] { 100, 1, 28, 28 }));
            Assert.That(right, Is.GreaterThanOrEqualTo(97));
            Assert.That(model.parameters().Sum(parameter => parameter.NumberOfElements), Is.LessThan(200_000));
        }
    }

    [TestCaseSource(nameof(EveryPreset))]
    public void RelevanceAgreesBetweenSingleAndDoublePrecision(Composite composite)
    {
        var single = Explain(composite, ScalarType.Float32);
        var exact = Explain(composite, ScalarType.Float64);
        var largest = exact.Max(Math.Abs);
        Assert.That(single.Zip(exact, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-4 * largest));
    }

    [Test]
    public void TwoThousandExplanationsLeaveMemoryWhereTheTwoHundredthHadIt()
    {
        using var model = DigitsNetwork.Pretrained();
        using var digits = TestDigits.Load();
        using var first = digits.First(3);
        using var registration = Presets.EpsilonPlusFlat().Register(model);
        Repeat(200);
        var before = HeldMemory.Now();
        Repeat(1_800);
        HeldMemory.AssertNoMoreThan(before);

        void Repeat(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var scope = NewDisposeScope();
                var x = first.clone().requires_grad_();
                var logits = model.call(x);
                logits[0, 3].backward();
            }
        }
    }

    private static double[] Explain(Composite composite, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var model = DigitsNetwork.Pretrained(type);
        using var digits = TestDigits.Load(type);
        using var attribution = new CompositeAttributor(composite) { ChunkSize = 100 }.Attribute(
            model,
            digits.Images,
            Target.Classes(digits.Labels)
        );
        return Values(attribution.Relevance);
    }
}
