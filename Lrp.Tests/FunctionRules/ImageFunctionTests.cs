using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Relevance = Lrp.Rules.FunctionRules.Relevance;

namespace Lrp.Tests.FunctionRules;

/// <summary>Pools, interpolations, batch norm and dropout that a forward calls as functions.</summary>
public class ImageFunctionTests
{
    private const double Epsilon = 1e-6;

    private static IEnumerable<TestCaseData> Linear()
    {
        yield return Case(
            "avg_pool1d",
            Functions.AvgPool,
            [2, 3, 9],
            x => F.avg_pool1d(x, 3, 2, 1),
            x => Relevance.avg_pool1d(x, 3, 2, 1),
            () => nn.AvgPool1d(3, 2, 1)
        );
        yield return Case(
            "avg_pool2d",
            Functions.AvgPool,
            [2, 3, 7, 6],
            x => F.avg_pool2d(x, [3, 2], [2, 2], [1, 1], true, false),
            x => Relevance.avg_pool2d(x, [3, 2], [2, 2], [1, 1], true, false),
            () => nn.AvgPool2d((3, 2), (2, 2), (1, 1), true, false)
        );
        yield return Case(
            "avg_pool3d",
            Functions.AvgPool,
            [2, 2, 4, 5, 6],
            x => F.avg_pool3d(x, [2, 2, 3]),
            x => Relevance.avg_pool3d(x, [2, 2, 3]),
            () => nn.AvgPool3d((2, 2, 3))
        );
        yield return Case(
            "adaptive_avg_pool1d",
            Functions.AvgPool,
            [2, 3, 7],
            x => F.adaptive_avg_pool1d(x, 3),
            x => Relevance.adaptive_avg_pool1d(x, 3),
            () => nn.AdaptiveAvgPool1d(3)
        );
        yield return Case(
            "adaptive_avg_pool2d",
            Functions.AvgPool,
            [2, 3, 7, 5],
            x => F.adaptive_avg_pool2d(x, [3, 2]),
            x => Relevance.adaptive_avg_pool2d(x, [3, 2]),
            () => nn.AdaptiveAvgPool2d([3, 2])
        );
        yield return Case(
            "adaptive_avg_pool3d",
            Functions.AvgPool,
            [2, 2, 4, 5, 3],
            x => F.adaptive_avg_pool3d(x, [2, 2, 2]),
            x => Relevance.adaptive_avg_pool3d(x, [2, 2, 2]),
            () => nn.AdaptiveAvgPool3d([2, 2, 2])
        );
        yield return Interpolation(InterpolationMode.Nearest, UpsampleMode.Nearest, null, [2, 3, 5]);
        yield return Interpolation(InterpolationMode.Linear, UpsampleMode.Linear, false, [2, 3, 5]);
        yield return Interpolation(InterpolationMode.Nearest, UpsampleMode.Nearest, null, [2, 3, 4, 5]);
        yield return Interpolation(InterpolationMode.Bilinear, UpsampleMode.Bilinear, true, [2, 3, 4, 5]);
        yield return Interpolation(InterpolationMode.Bicubic, UpsampleMode.Bicubic, false, [2, 3, 4, 5]);
        yield return Interpolation(InterpolationMode.Nearest, UpsampleMode.Nearest, null, [1, 2, 3, 2, 4]);
        yield return Interpolation(InterpolationMode.Trilinear, UpsampleMode.Trilinear, false, [1, 2, 3, 2, 4]);
    }

    [TestCaseSource(nameof(Linear))]
    public void TheKeyTheDropInAndTheModuleGiveOneRelevance(
        FunctionKey key,
        long[] shape,
        Func<Tensor, Tensor> function,
        Func<Tensor, Tensor> dropIn,
        Func<nn.Module<Tensor, Tensor>> module
    )
    {
        using var scope = NewDisposeScope();
        var x = Away(3, shape);
        var relevance = Away(4, function(x).shape);
        var byKey = Explain(new Calling(function), new Composite { { key, new Norm(Epsilon) } }, x, relevance);
        var byModule = Explain(new Calling(module().call), new Composite { { key, new Norm(Epsilon) } }, x, relevance);
        var byDropIn = Shares(inputs => dropIn(inputs[0]), relevance, x)[0]!;
        var expected = Formula(function, x, relevance);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SameBits(byKey, byDropIn), Is.True);
            Assert.That(SameBits(byKey, byModule), Is.True, "a module without an entry is its function");
            Assert.That(Distance(byKey, expected), Is.LessThan(1e-12));
        }
    }

    [TestCaseSource(nameof(Linear))]
    public void TheModuleWithTheRuleAgrees(
        FunctionKey key,
        long[] shape,
        Func<Tensor, Tensor> function,
        Func<Tensor, Tensor> dropIn,
        Func<nn.Module<Tensor, Tensor>> module
    )
    {
        using var scope = NewDisposeScope();
        var x = Away(3, shape);
        var relevance = Away(4, function(x).shape);
        var byModule = Explain(module(), new Composite { { "", new Norm(Epsilon) } }, x, relevance);
        var byDropIn = Shares(inputs => dropIn(inputs[0]), relevance, x)[0]!;
        Assert.That(Distance(byDropIn, byModule), Is.LessThan(1e-12), $"{key}");
    }

    private static IEnumerable<TestCaseData> MaxPools()
    {
        yield return Max("max_pool1d", [2, 3, 8], x => F.max_pool1d(x, 2));
        yield return Max("max_pool2d", [2, 3, 8, 6], x => F.max_pool2d(x, 2));
        yield return Max("max_pool3d", [2, 2, 4, 4, 4], x => F.max_pool3d(x, [2, 2, 2]));
        yield return Max("with indices", [2, 3, 8, 6], x => F.max_pool2d_with_indices(x, [2, 2]).Item1);
        yield return Max("adaptive_max_pool1d", [2, 3, 8], x => F.adaptive_max_pool1d(x, 3));
        yield return Max("adaptive_max_pool2d", [2, 3, 8, 6], x => F.adaptive_max_pool2d(x, [3, 2]));
    }

    [TestCaseSource(nameof(MaxPools))]
    public void TheLargestEntryOfAWindowTakesAll(long[] shape, Func<Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        var x = Away(5, shape);
        var relevance = Away(6, function(x).shape);
        var model = new Calling(function);
        using var registration = new Composite { { Functions.MaxPool, new Pass() } }.Register(
            model,
            start: RelevanceStart.Gradient
        );
        var point = x.clone().requires_grad_();
        model.call(point).backward([relevance]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(registration.Describe(), Does.Not.Contain("not called"));
            Assert.That(SameBits(point.grad!, Shares(inputs => function(inputs[0]), relevance, x)[0]!), Is.True);
            Assert.That(point.grad!.sum().item<double>(), Is.EqualTo(relevance.sum().item<double>()).Within(1e-12));
        }
    }

    [Test]
    public void BatchNormAsAFunctionPassesRelevanceOn()
    {
        using var scope = NewDisposeScope();
        var (mean, variance, weight, bias) = (Away(1, 3), Away(2, 3).abs(), Away(3, 3), Away(4, 3));
        var model = new Calling(x => F.batch_norm(x, mean, variance, weight, bias));
        var relevance = Away(6, 2, 3, 4, 4);
        var passed = Explain(
            model,
            new Composite { { Functions.BatchNorm, new Pass() } },
            Away(5, 2, 3, 4, 4),
            relevance
        );
        Assert.That(SameBits(passed, relevance), Is.True);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void DropoutPassesRelevanceOn(bool training)
    {
        using var scope = NewDisposeScope();
        var model = new Calling(x => F.dropout(x, 0.5, training));
        var relevance = Away(6, 4, 50);
        var passed = Explain(model, new Composite { { Functions.Dropout, new Pass() } }, Away(5, 4, 50), relevance);
        Assert.That(SameBits(passed, relevance), Is.True);
    }

    [Test]
    public void AModuleWithTheEntryNullKeepsTheGradientOfItsFunctions()
    {
        using var scope = NewDisposeScope();
        var upsample = nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: false);
        var model = new Calling(upsample.call, upsample);
        var x = Away(5, 1, 2, 3, 3);
        var relevance = Away(6, 1, 2, 6, 6);
        var kept = Explain(
            model,
            new Composite { { typeof(TorchSharp.Modules.Upsample), null }, { Functions.Interpolate, new Norm() } },
            x,
            relevance
        );
        Assert.That(SameBits(kept, Shares(inputs => upsample.call(inputs[0]), relevance, x)[0]!), Is.True);
    }

    [Test]
    public void ARuleThatAFunctionDoesNotTakeIsRefused()
    {
        using var model = new Calling(x => x);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => new Composite { { Functions.AvgPool, new Pass() } }.Register(model),
                Throws.ArgumentException.With.Message.Contains("avg_pool").And.Message.Contains("Epsilon or Norm")
            );
            Assert.That(
                () => new Composite { { Functions.MaxPool, new Norm() } }.Register(model),
                Throws.ArgumentException.With.Message.Contains("max_pool").And.Message.Contains("Identity or Pass")
            );
        }
    }

    /// <summary>x · Jᵀ (R / y).</summary>
    private static Tensor Formula(Func<Tensor, Tensor> function, Tensor x, Tensor relevance)
    {
        var leaf = x.detach().clone().requires_grad_();
        var y = function(leaf);
        y.backward([relevance / (y.detach() + (Epsilon * y.detach().sign()))]);
        return leaf.grad! * x;
    }

    private static Tensor Explain(nn.Module<Tensor, Tensor> model, Composite composite, Tensor x, Tensor relevance)
    {
        using var registration = composite.Register(model, start: RelevanceStart.Gradient);
        var point = x.clone().requires_grad_();
        model.call(point).backward([relevance]);
        registration.ThrowIfFaulted();
        return point.grad!;
    }

    private static TestCaseData Interpolation(
        InterpolationMode mode,
        UpsampleMode modeOfModule,
        bool? alignCorners,
        long[] shape
    )
    {
        double[] factors = [.. Enumerable.Repeat(2.0, shape.Length - 2)];
        return Case(
            $"{mode} of {shape.Length - 2}",
            Functions.Interpolate,
            shape,
            x => F.interpolate(x, scale_factor: factors, mode: mode, align_corners: alignCorners),
            x => Relevance.interpolate(x, scale_factor: factors, mode: mode, align_corners: alignCorners),
            () => nn.Upsample(scale_factor: factors, mode: modeOfModule, align_corners: alignCorners)
        );
    }

    private static TestCaseData Case(
        string name,
        FunctionKey key,
        long[] shape,
        Func<Tensor, Tensor> function,
        Func<Tensor, Tensor> dropIn,
        Func<nn.Module<Tensor, Tensor>> module
    ) => new TestCaseData(key, shape, function, dropIn, module).SetArgDisplayNames(name);

    private static TestCaseData Max(string name, long[] shape, Func<Tensor, Tensor> function) =>
        new TestCaseData(shape, function).SetArgDisplayNames(name);
}
