using Digits;
using Lrp.Composites;
using Lrp.Composites.Attributors;
using Lrp.Core;
using TorchSharp;
using static Lrp.Tests.Attributors.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attributors;

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

        static TestCaseData Case(string name, Composite composite) => new TestCaseData(composite).SetArgDisplayNames(name);
    }

    [Test]
    public void The_network_reads_its_test_digits()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        using DigitsNetwork model = DigitsNetwork.Pretrained();
        using TestDigits digits = TestDigits.Load();
        long right = model.call(digits.Images).argmax(1).eq(digits.Labels).sum().item<long>();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(digits.Images.shape, Is.EqualTo(new long[] { 100, 1, 28, 28 }));
            Assert.That(right, Is.GreaterThanOrEqualTo(97));
            Assert.That(model.parameters().Sum(parameter => parameter.NumberOfElements), Is.LessThan(200_000));
        }
    }

    [TestCaseSource(nameof(EveryPreset))]
    public void Relevance_agrees_between_single_and_double_precision(Composite composite)
    {
        double[] single = Explain(composite, ScalarType.Float32);
        double[] exact = Explain(composite, ScalarType.Float64);
        double largest = exact.Max(Math.Abs);
        Assert.That(single.Zip(exact, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-4 * largest));
    }

    [Test]
    public void Two_thousand_explanations_leave_memory_where_the_two_hundredth_had_it()
    {
        using DigitsNetwork model = DigitsNetwork.Pretrained();
        using TestDigits digits = TestDigits.Load();
        using Tensor first = digits.First(3);
        using Registration registration = Presets.EpsilonPlusFlat().Register(model);
        Repeat(200);
        HeldMemory before = HeldMemory.Now();
        Repeat(1_800);
        HeldMemory.AssertNoMoreThan(before);

        void Repeat(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor x = first.clone().requires_grad_();
                Tensor logits = model.call(x);
                logits[0, 3].backward();
            }
        }
    }

    private static double[] Explain(Composite composite, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using DigitsNetwork model = DigitsNetwork.Pretrained(type);
        using TestDigits digits = TestDigits.Load(type);
        using Attribution attribution = new CompositeAttributor(composite) { ChunkSize = 100 }.Attribute(model, digits.Images, Target.Classes(digits.Labels));
        return Values(attribution.Relevance);
    }
}
