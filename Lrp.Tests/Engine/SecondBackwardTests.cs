using System.Runtime.InteropServices;
using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Registrations;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using Lrp.Tests.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>Several backward passes over one forward pass.</summary>
public sealed class SecondBackwardTests
{
    private static readonly (string Name, Func<Composite> Make)[] Composites =
    [
        (
            "Epsilon",
            () =>
                new Composite
                {
                    { typeof(nn.Module), new Epsilon() },
                    { "flatten", null },
                    { "pool", null },
                }
        ),
        ("EpsilonPlus", () => Presets.EpsilonPlus()),
        ("EpsilonAlpha2Beta1", () => Presets.EpsilonAlpha2Beta1()),
        ("EpsilonPlusFlat", () => Presets.EpsilonPlusFlat()),
        ("EpsilonGammaBox", () => Presets.EpsilonGammaBox(-4, 4)),
        ("GuidedBackprop", () => Presets.GuidedBackprop()),
        ("DeconvNet", () => Presets.DeconvNet()),
        ("Taylor", () => new Composite { { "fc1", new Taylor() }, { "relu3", new Pass() } }),
        (
            "Pass alone",
            () =>
                new Composite
                {
                    { "relu1", new Pass() },
                    { "relu2", new Pass() },
                    { "relu3", new Pass() },
                }
        ),
    ];

    private static IEnumerable<TestCaseData> Cases() =>
        Composites.Select(entry => new TestCaseData(entry.Make).SetArgDisplayNames(entry.Name));

    [TestCaseSource(nameof(Cases))]
    public void WithARetainedGraphEachClassHasTheRelevanceOfAPassOfItsOwn(Func<Composite> make)
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = make().Register(model);
        var expected = Enumerable.Range(0, 3).Select(k => Relevance(model, k)).ToList();

        var input = Networks.Images(2).requires_grad_();
        var output = model.call(input);
        for (var k = 0; k < 3; k++)
        {
            output.select(1, k).sum().backward(retain_graph: true);
            registration.ThrowIfFaulted();
            Assert.That(input.grad!.sub(expected[k]).abs().max().item<double>(), Is.Zero, $"class {k}");
            input.grad.zero_();
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void WithoutARetainedGraphASecondPassIsAnErrorOrRight(Func<Composite> make)
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = make().Register(model);
        AssertSecondPassFailsOrIsRight(model, registration, Networks.Images(2));
    }

    [Test]
    public void WithoutARetainedGraphASecondPassIsAnErrorOrRightForFunctionsToo()
    {
        using var scope = NewDisposeScope();
        using var model = new MixedModel(false);
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model);
        AssertSecondPassFailsOrIsRight(model, registration, randn(2, 5, 8, ScalarType.Float64));
    }

    private static void AssertSecondPassFailsOrIsRight(
        nn.Module<Tensor, Tensor> model,
        Registration registration,
        Tensor input
    )
    {
        input = input.detach().requires_grad_();
        var output = model.call(input).flatten(1);
        var first = output.select(1, 0).sum();
        var second = output.select(1, 1).sum();
        first.backward();
        registration.ThrowIfFaulted();
        input.grad!.zero_();
        try
        {
            second.backward();
        }
        catch (ExternalException exception)
        {
            Assert.That(exception.Message, Does.Contain("second time"));
            return;
        }

        if (Faulted(registration))
        {
            Assert.That(input.grad!.isnan().any().item<bool>(), "the relevance is NaN wherever any arrives");
            return;
        }

        var relevance = input.grad!.clone();
        input.grad.zero_();
        model.call(input).flatten(1).select(1, 1).sum().backward();
        Assert.That(relevance.sub(input.grad!).abs().max().item<double>(), Is.Zero, "else it is right");
    }

    private static bool Faulted(Registration registration)
    {
        try
        {
            registration.ThrowIfFaulted();
            return false;
        }
        catch (RelevanceException exception)
        {
            Assert.That(exception.Message, Does.Contain("second time"));
            return true;
        }
    }

    private static Tensor Relevance(nn.Module<Tensor, Tensor> model, long target)
    {
        var input = Networks.Images(2).requires_grad_();
        model.call(input).select(1, target).sum().backward();
        return input.grad!;
    }

    /// <summary>A gradient of relevance would silently leave out the rules, so it is refused.</summary>
    [Test]
    public void AGraphOfTheBackwardPassIsRefused()
    {
        using var scope = NewDisposeScope();
        var model = nn.Linear(3, 2);
        using var registration = new Composite { { typeof(nn.Module), LrpRule.Epsilon() } }.Register(model);
        var x = randn(1, 3).requires_grad_();

        model.call(x)[0, 0].backward(create_graph: true);

        Assert.That(x.grad!.isnan().all().item<bool>(), Is.True);
        Assert.That(
            registration.ThrowIfFaulted,
            Throws.TypeOf<RelevanceException>().With.Message.Contains("create_graph")
        );
    }
}
