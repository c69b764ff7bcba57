using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core.Interception;
using Lrp.Tests.Engine;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
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

    private sealed class Branching : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d _layer = nn.Conv2d(3, 4, 3);
        private readonly BatchNorm2d _norm1 = nn.BatchNorm2d(4);
        private readonly BatchNorm2d _norm2 = nn.BatchNorm2d(4);

        public Branching()
            : base(nameof(Branching))
        {
            register_module("layer", _layer);
            register_module("norm1", _norm1);
            register_module("norm2", _norm2);
            _norm1.running_mean!.fill_(0.3);
            _norm2.running_var!.fill_(2);
            eval();
        }

        public override Tensor forward(Tensor x) =>
            x.sum().item<float>() > 0 ? _norm1.call(_layer.call(x)) : _norm2.call(_layer.call(x));
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

    private static Tensor Images()
    {
        using var generator = new Generator(4);
        return rand([2, 3, 5, 5], ScalarType.Float64, generator: generator);
    }

    private static Tensor Sequences()
    {
        using var generator = new Generator(5);
        return rand([2, 3, 4], ScalarType.Float64, generator: generator);
    }

    private static T Randomised<T>(T model)
        where T : nn.Module
    {
        model.to(ScalarType.Float64);
        using (no_grad())
        {
            foreach (var (_, tensor) in model.state_dict().Where(entry => entry.Value.is_floating_point()))
            {
                tensor.add_(rand_like(tensor));
            }
        }

        model.eval();
        return model;
    }

    /// <summary>
    /// As MobileNetV2: the classifier is declared first; and each norm stands behind the other layer.
    /// </summary>
    private sealed class Crossed : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear _classifier = nn.Linear(4, 3);
        private readonly Conv2d _conv2 = nn.Conv2d(4, 4, 3, bias: false);
        private readonly Conv2d _conv1 = nn.Conv2d(3, 4, 3);

        public Crossed()
            : base(nameof(Crossed))
        {
            register_module("classifier", _classifier);
            register_module("conv2", _conv2);
            register_module("norm1", Norm1);
            register_module("conv1", _conv1);
            register_module("norm2", Norm2);
            Randomised(this);
        }

        public BatchNorm2d Norm1 { get; } = nn.BatchNorm2d(4);

        public BatchNorm2d Norm2 { get; } = nn.BatchNorm2d(4);

        public override Tensor forward(Tensor input) =>
            _classifier.call(Norm2.call(_conv2.call(Norm1.call(_conv1.call(input)).relu())).mean([2L, 3L]));
    }

    private sealed class Odd : nn.Module<Tensor, Tensor>
    {
        private readonly Conv1d _conv = nn.Conv1d(3, 4, 3, padding: 1);
        private readonly BatchNorm1d _norm = nn.BatchNorm1d(4);
        private readonly TorchSharp.Modules.ReLU _act = nn.ReLU();
        private readonly TorchSharp.Modules.Linear _fc = nn.Linear(4, 4);
        private readonly string _way;

        public Odd(string way)
            : base(nameof(Odd))
        {
            _way = way;
            register_module("conv", _conv);
            register_module("norm", _norm);
            register_module("act", _act);
            register_module("fc", _fc);
            Randomised(this);
        }

        public override Tensor forward(Tensor input)
        {
            switch (_way)
            {
                case "relu between":
                    return _norm.call(_act.call(_conv.call(input)));
                case "function between":
                    return _norm.call(_conv.call(input).tanh());
                case "in place between":
                    var doubled = _conv.call(input);
                    doubled.mul_(2);
                    return _norm.call(doubled);
                case "used twice":
                    var features = _conv.call(input);
                    return _norm.call(features) + _act.call(features);
                case "called twice":
                    return _norm.call(_conv.call(input)) + _conv.call(input * 2);
                case "by forward":
                    return _norm.forward(_conv.call(input));
                default:
                    return _norm.call(_fc.call(_conv.call(input)));
            }
        }
    }

    /// <summary>One pair that may be merged, and one whose layer's output a function uses too.</summary>
    private sealed class Leaking : nn.Module<Tensor, Tensor>
    {
        private readonly Conv1d _good = nn.Conv1d(3, 3, 3, padding: 1);
        private readonly BatchNorm1d _goodNorm = nn.BatchNorm1d(3);
        private readonly Conv1d _bad = nn.Conv1d(3, 4, 3);
        private readonly BatchNorm1d _badNorm = nn.BatchNorm1d(4);

        public Leaking()
            : base(nameof(Leaking))
        {
            register_module("good_conv", _good);
            register_module("good_norm", _goodNorm);
            register_module("bad_conv", _bad);
            register_module("bad_norm", _badNorm);
            Randomised(this);
        }

        public bool Noise { get; set; }

        public override Tensor forward(Tensor input)
        {
            var features = _bad.call(_goodNorm.call(_good.call(input)));
            Seen.Passes++;
            return _badNorm.call(features) + features * 0.5 + (Noise ? Seen.Passes : 0);
        }

        /// <summary>What no snapshot of the model can know.</summary>
        private static class Seen
        {
            public static int Passes { get; set; }
        }
    }

    private sealed class Stateful : nn.Module<Tensor, Tensor>
    {
        private readonly Conv1d _conv = nn.Conv1d(3, 4, 3);

        public Stateful()
            : base(nameof(Stateful))
        {
            register_module("conv", _conv);
            register_module("norm", Norm);
            register_module("drop", Drop);
            Randomised(this);
            register_buffer("counter", Counter);
        }

        public BatchNorm1d Norm { get; } = nn.BatchNorm1d(4);

        public Dropout Drop { get; } = nn.Dropout(0.5);

        public Tensor Counter { get; } = zeros(1, ScalarType.Int64);

        public int Calls { get; private set; }

        public Tensor? Cache { get; private set; }

        public Tensor? Drawn { get; private set; }

        public List<Tensor> History { get; } = [];

        public Memory Store { get; } = new();

        public override Tensor forward(Tensor input)
        {
            Calls++;
            Counter.add_(1);
            Drawn = rand(3);
            var features = Norm.call(_conv.call(input));
            Cache = Cache is null ? features.detach() : cat([Cache, features.detach()]);
            History.Add(features.detach());
            Store.Steps["step" + Store.Steps.Count] = features.detach();
            return Drop.call(features);
        }

        public sealed class Memory
        {
            public Dictionary<string, Tensor> Steps { get; } = [];
        }
    }

    private sealed class Several : nn.Module<Tensor, int, Tensor?, (Tensor, Dictionary<string, Tensor>)>
    {
        private readonly Conv1d _conv = nn.Conv1d(3, 4, 3);

        public Several()
            : base(nameof(Several))
        {
            register_module("norm", Norm);
            register_module("conv", _conv);
            Randomised(this);
        }

        public BatchNorm1d Norm { get; } = nn.BatchNorm1d(4);

        public override (Tensor, Dictionary<string, Tensor>) forward(Tensor input, int factor, Tensor? mask)
        {
            var features = Norm.call(_conv.call(input));
            return (features, new Dictionary<string, Tensor> { ["doubled"] = features * factor });
        }
    }

    private sealed class Shared : nn.Module<Tensor, Tensor>
    {
        private readonly Conv1d _left = nn.Conv1d(3, 4, 3);
        private readonly Conv1d _right = nn.Conv1d(3, 4, 3, bias: false);

        public Shared()
            : base(nameof(Shared))
        {
            register_module("left", _left);
            register_module("right", _right);
            register_module("norm", Norm);
            Randomised(this);
        }

        public BatchNorm1d Norm { get; } = nn.BatchNorm1d(4);

        public override Tensor forward(Tensor input) => Norm.call(_left.call(input)) + Norm.call(_right.call(input));
    }
}
