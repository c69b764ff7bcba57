using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core.Interception;
using Lrp.Tests.Engine;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Composites.NormedModels;
using static TorchSharp.torch;

namespace Lrp.Tests.Composites;

/// <summary>
/// Batch normalisation is merged into the layer that it follows in a pass, whatever is declared where.
/// </summary>
[TestFixture]
public sealed class MergeByCallTests
{
    private DisposeScope _scope = null!;
    private CollectingLogger _logger = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        _logger = new CollectingLogger();
        manual_seed(8);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void PairsAreThoseOfTheCallsNotOfTheDeclaration()
    {
        using var model = new Crossed();
        var plain = model.call(Images());
        var before = Values(model);
        var x = Images().requires_grad_();
        using (new Composite(new MergeBatchNorm()).Register(model, _logger))
        {
            Assert.That(
                Values(model).All(entry => entry.Value.Equals(before[entry.Key])),
                Is.True,
                "Register merges none"
            );
            var output = model.call(x);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(output.allclose(plain, 1e-9, 1e-9), Is.True);
                Assert.That(IsIdentity(model.Norm1) && IsIdentity(model.Norm2), Is.True);
                Assert.That(_logger.Entries, Has.None.Matches<(LogLevel, string Text)>(e => e.Text.Contains("left")));
            }
        }

        Assert.That(Values(model).All(entry => entry.Value.Equals(before[entry.Key])), Is.True);
        Assert.That(model.call(Images()).Equals(plain), Is.True);
    }

    /// <summary>A forward that branches on its data takes another normalisation in a later call.</summary>
    [Test]
    public void ACallInWhichSomethingElseFollowsAMergedLayerThrows()
    {
        using var model = new Branching();
        var images = rand(2, 3, 4, 4);
        var other = model.call(-images);
        using (new Composite(new MergeBatchNorm()).Register(model))
        {
            model.call(images);
            Assert.That(
                () => model.call(-images),
                Throws
                    .InvalidOperationException.With.Message.Contains("'norm1' was merged into 'layer'")
                    .And.Message.Contains("'norm2'")
            );
        }

        Assert.That(model.call(-images).Equals(other), Is.True);
    }

    [Test]
    public void TheRelevanceIsThatOfNamedPairs()
    {
        using var model = new Crossed();
        var named = Explain(model, new NamedMergeBatchNorm(("conv1", "norm1"), ("conv2", "norm2")));
        Assert.That(Explain(model, new MergeBatchNorm()).Equals(named), Is.True);
    }

    [TestCase("relu between", "its input is the output of 'act', a ReLU")]
    [TestCase("function between", "its input is computed by a function")]
    [TestCase("in place between", "changed in place")]
    [TestCase("used twice", "'conv' is used by 'act' too")]
    [TestCase("called twice", "'conv' is used for something else too")]
    [TestCase("by forward", "it was not called through call()")]
    [TestCase("last dimension", "are not its channels")]
    public void WhatDoesNotFollowALayerAloneStaysAsItIsAndTheLogSaysWhy(string way, string reason)
    {
        if (way == "in place between" && !OperatorInterception.IsAvailable)
        {
            Assert.Ignore("Without the native library nothing tells that a tensor was changed in place.");
        }

        using var model = new Odd(way);
        var plain = model.call(Sequences());
        var before = Values(model);
        using var registration = new Composite(new MergeBatchNorm()).Register(model, _logger);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.call(Sequences()).Equals(plain), Is.True);
            Assert.That(Values(model).All(entry => entry.Value.Equals(before[entry.Key])), Is.True);
            Assert.That(
                _logger.Entries,
                Has.Exactly(1)
                    .Matches<(LogLevel Level, string Text)>(entry =>
                        entry.Level == LogLevel.Information
                        && entry.Text.Contains("'norm' (")
                        && entry.Text.Contains(reason)
                    )
            );
        }
    }

    [Test]
    public void AFunctionThatUsesTheLayersOutputTooIsFoundByTheOutputsAndThePairIsNamed()
    {
        using var model = new Leaking();
        var before = Values(model);
        var plain = model.call(Sequences());
        using (var registration = new Composite(new MergeBatchNorm()).Register(model))
        {
            for (var call = 0; call < 2; call++)
            {
                Assert.That(
                    () => model.call(Sequences()),
                    Throws
                        .InvalidOperationException.With.Message.Contains("'bad_norm' with 'bad_conv'")
                        .And.Message.Contains("NamedMergeBatchNorm")
                );
                Assert.That(Values(model).All(entry => entry.Value.Equals(before[entry.Key])), Is.True);
            }
        }

        Assert.That(model.call(Sequences()).Equals(plain), Is.True);
    }

    [Test]
    public void AModelWhoseOutputsDifferFromPassToPassIsToldApart()
    {
        using var model = new Leaking { Noise = true };
        using var registration = new Composite(new MergeBatchNorm()).Register(model);
        Assert.That(
            () => model.call(Sequences()),
            Throws.InvalidOperationException.With.Message.Contains("from pass to pass")
        );
    }

    [Test]
    public void ThePilotLeavesRandomNumbersBuffersFieldsAndModesAlone()
    {
        using var model = new Stateful();
        model.History.Add(ones(1));
        model.Store.Steps["before"] = ones(1);
        model.train();
        model.Norm.eval();
        manual_seed(21);
        var drawn = rand(3);
        manual_seed(21);
        using var registration = new Composite(new MergeBatchNorm()).Register(model);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.call(Sequences()).isfinite().all().item<bool>(), Is.True);
            Assert.That(model.Calls, Is.EqualTo(1));
            Assert.That(model.Cache!.shape[0], Is.EqualTo(2));
            Assert.That(model.History, Has.Count.EqualTo(2));
            Assert.That(model.Store.Steps.Keys, Is.EqualTo(new[] { "before", "step1" }));
            Assert.That(model.Store.Steps.Values.All(step => !step.IsInvalid), Is.True);
            Assert.That(model.Counter.item<long>(), Is.EqualTo(1));
            Assert.That(model.Drop.training && model.training && !model.Norm.training, Is.True);
            Assert.That(model.Drawn!.Equals(drawn), Is.True);
            Assert.That(IsIdentity(model.Norm), Is.True);
        }
    }

    [Test]
    public void AnyNumberOfArgumentsAndAnyResultWillDo()
    {
        using var model = new Several();
        var (plain, _) = model.call(Sequences(), 2, null);
        using var registration = new Composite(new MergeBatchNorm()).Register(model);
        var (output, numbers) = model.call(Sequences(), 2, null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.allclose(plain, 1e-9, 1e-9), Is.True);
            Assert.That(numbers["doubled"].allclose(plain * 2, 1e-9, 1e-9), Is.True);
            Assert.That(IsIdentity(model.Norm), Is.True);
        }
    }

    [Test]
    public void SeveralLayersBeforeOneNormalisationAreMergedTogether()
    {
        using var model = new Shared();
        var plain = model.call(Sequences());
        using var registration = new Composite(new MergeBatchNorm()).Register(model);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.call(Sequences()).allclose(plain, 1e-9, 1e-9), Is.True);
            Assert.That(IsIdentity(model.Norm), Is.True);
        }
    }

    [Test]
    public void AnExceptionInThePilotLeavesNothingMerged()
    {
        using var model = new Crossed();
        var before = Values(model);
        using var registration = new Composite(new MergeBatchNorm()).Register(model);
        Assert.That(() => model.call(randn(1, 7, 5, 5, ScalarType.Float64)), Throws.Exception);
        Assert.That(Values(model).All(entry => entry.Value.Equals(before[entry.Key])), Is.True);
        model.call(Images());
        Assert.That(IsIdentity(model.Norm1), Is.True);
    }

    [Test]
    public void OfSeveralThreadsThatCallFirstOneMerges()
    {
        using var model = new Crossed();
        var plain = model.call(Images());
        using var registration = Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model);
        Parallel.For(
            0,
            8,
            _ =>
            {
                using var inner = NewDisposeScope();
                Assert.That(model.call(Images()).allclose(plain, 1e-9, 1e-9), Is.True);
            }
        );
    }

    [Test]
    public void WhereOnlyForwardRunsTheReportSaysThatNothingWasMerged()
    {
        using var model = new Crossed();
        using var registration = Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model);
        var x = Images().requires_grad_();
        model.forward(x).sum().backward();
        Assert.That(
            registration.Conservation().Warnings,
            Has.Some.Contains("MergeBatchNorm").And.Some.Contains("call()")
        );
    }

    [Test]
    public void EpsilonIsKeptWhereAskedAndOutputsAreComparedWithoutIt()
    {
        using var model = new Crossed();
        model.Norm1.eps = 0.5;
        using var registration = new Composite(new MergeBatchNorm(keepEpsilon: true)).Register(model);
        var plain = model.call(Images());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.Norm1.eps, Is.EqualTo(0.5));
            Assert.That(model.Norm1.running_var!.Equals(ones(4, ScalarType.Float64)), Is.True);
            Assert.That(plain.isfinite().all().item<bool>(), Is.True);
        }
    }

    private static Tensor Explain(Crossed model, ICanonizer canonizer)
    {
        using var registration = Presets.EpsilonPlus(canonizers: canonizer).Register(model);
        var x = Images().requires_grad_();
        model.call(x).sum().backward();
        registration.ThrowIfFaulted();
        return x.grad!.clone();
    }

    private static bool IsIdentity(BatchNorm norm) =>
        norm.eps == 0
        && norm.running_mean!.count_nonzero().item<long>() == 0
        && norm.weight.eq(1).all().item<bool>()
        && norm.running_var!.eq(1).all().item<bool>();

    private static Dictionary<string, Tensor> Values(nn.Module model) =>
        model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone());
}
