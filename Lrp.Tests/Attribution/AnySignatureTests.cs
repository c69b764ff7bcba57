using Lrp.Attribution;
using Lrp.Attribution.Evaluation;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;
using Gradient = Lrp.Attribution.Gradients.Gradient;

namespace Lrp.Tests.Attribution;

/// <summary>Models that take and return something else than one tensor, and several inputs.</summary>
[TestFixture]
public sealed class AnySignatureTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    private static IEnumerable<Attributor> Methods() =>
        [
            new Gradient { ChunkSize = 2 },
            new InputXGradient { ChunkSize = 2 },
            new SmoothGrad { ChunkSize = 2, Copies = 3 },
            new IntegratedGradients { ChunkSize = 4, Steps = 5 },
            new Occlusion { ChunkSize = 4, Window = [1] },
            new CompositeAttributor(Lrp0()) { ChunkSize = 2 },
        ];

    [TestCaseSource(nameof(Methods))]
    public void ADelegateIsExplainedAsTheModuleBehindIt(Attributor method)
    {
        using var plain = Relu();
        using var model = new Wrapped(plain);
        var x = randn([5, 6], dtype: ScalarType.Float64);
        using var expected = method.Attribute(plain, x, 1);
        using var found = method.Attribute(model, input => model.call(new Question(input)).Logits, x, 1);
        Assert.That(Values(found.Relevance), Is.EqualTo(Values(expected.Relevance)).Within(1e-14));
        Assert.That(found.Explained, Is.EqualTo(expected.Explained).Within(1e-14));
        Assert.That(found.Inputs.Single().Argument, Is.Zero);
    }

    private static IEnumerable<TestCaseData> Containers()
    {
        static TestCaseData Case(string name, Func<Tensor, object> pack, Func<object, Tensor> unpack) =>
            new TestCaseData(pack, unpack).SetArgDisplayNames(name);
        yield return Case("pair", y => KeyValuePair.Create("y", y), o => ((KeyValuePair<string, Tensor>)o).Value);
        yield return Case("memory", y => (ReadOnlyMemory<Tensor>)new[] { y }, o => ((ReadOnlyMemory<Tensor>)o).Span[0]);
        yield return Case("lazy", y => new Lazy<Tensor>(() => y), o => ((Lazy<Tensor>)o).Value);
        yield return Case("task", Task.FromResult, o => ((Task<Tensor>)o).Result);
        yield return Case("function", y => new Func<Tensor>(() => y), o => ((Func<Tensor>)o)());
    }

    /// <summary>Relevance begins at the tensor that the function selects, wherever the model hides it.</summary>
    [TestCaseSource(nameof(Containers))]
    public void AnOutputIsExplainedWhateverHoldsIt(Func<Tensor, object> pack, Func<object, Tensor> unpack)
    {
        using var plain = Relu();
        using var model = new Packed(plain, pack);
        var x = randn([2, 6], dtype: ScalarType.Float64);
        var method = new CompositeAttributor(Lrp0());
        using var expected = method.Attribute(plain, x, 1);
        using var found = method.Attribute(model, input => unpack(model.call(input)), x, 1);
        Assert.That(Values(found.Relevance), Is.EqualTo(Values(expected.Relevance)).Within(1e-14));
    }

    [Test]
    public void AnOutputInWhichNoTensorIsFoundIsRefusedWhereNobodySelectsOne()
    {
        using var model = new Packed(Relu(), y => new Lazy<Tensor>(() => y));
        using var registration = Lrp0().Register(model);
        Assert.That(
            () => model.call(rand([2, 6], ScalarType.Float64).requires_grad_()),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("Lazy").And.Message.Contains("a tuple")
        );
    }

    [TestCaseSource(nameof(Methods))]
    public void EachInputHasItsRelevanceByPositionAndByName(Attributor method)
    {
        // f = 2 a0 + 3 a1 + 10 b0 + 20 b1 + the number of true entries of the mask
        using var model = new TwoInputs();
        var a = Inputs([1, 2], [3, 4], [-1, 1]);
        var b = Inputs([5, 6], [7, 8], [2, 2]);
        var mask = tensor(new[] { true, false, true, true, false, false }).reshape(3, 2);
        using var result = method.Attribute(
            model,
            inputs => model.call(inputs[0], inputs[2], inputs[1]),
            [new(a, "first"), mask, b],
            Target.Entry(0)
        );
        var isGradient = method is Gradient or SmoothGrad;
        var (ofA, ofB) = (tensor(new double[] { 2, 3 }), tensor(new double[] { 10, 20 }));
        Assert.Multiple(() =>
        {
            Assert.That(result.Inputs.Select(input => input.Name), Is.EqualTo(new[] { "first", "2" }));
            Assert.That(result.Inputs.Select(input => input.Argument), Is.EqualTo(new[] { 0, 2 }));
            var expected = isGradient ? ofA.expand(3, 2) : ofA * a;
            Assert.That(Values(result["first"]), Is.EqualTo(Values(expected)).Within(1e-10));
            expected = isGradient ? ofB.expand(3, 2) : ofB * b;
            Assert.That(Values(result.Inputs[1].Relevance), Is.EqualTo(Values(expected)).Within(1e-10));
            Assert.That(result.Explained[0], Is.EqualTo(2 + 6 + 50 + 120 + 1));
            if (!isGradient)
            {
                Assert.That(result.Sums[0], Is.EqualTo(2 + 6 + 50 + 120).Within(1e-10));
            }

            Assert.That(() => result["second"], Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("'first'"));
        });
    }

    [Test]
    public void AConstantIsPassedAlongAndSlicedWithTheBatch()
    {
        using var model = new TwoInputs();
        var a = Inputs([1, 2], [3, 4], [-1, 1]);
        using var result = new Occlusion { Window = [1], ChunkSize = 2 }.Attribute(
            model,
            inputs => model.call(inputs[0], inputs[1], zeros(inputs[0].shape[0], 2).to(ScalarType.Bool)),
            [a, ModelArgument.Constant(a * 2)],
            Target.Entry(0)
        );
        Assert.That(result.Inputs, Has.Count.EqualTo(1));
        Assert.That(Values(result.Relevance), Is.EqualTo(new double[] { 2, 6, 6, 12, -2, 3 }).Within(1e-10));
    }

    [Test]
    public void EachInputHasItsBaseline()
    {
        using var model = new TwoInputs();
        var a = Inputs([1, 2], [3, 4]);
        var method = new IntegratedGradients { Steps = 4, Baselines = [ones(2).to(ScalarType.Float64), null] };
        using var result = method.Attribute(
            model,
            inputs => model.call(inputs[0], inputs[1], zeros(inputs[0].shape[0], 2).to(ScalarType.Bool)),
            [a, a],
            Target.Entry(0)
        );
        Assert.That(Values(result.Relevance), Is.EqualTo(new double[] { 0, 3, 4, 9 }).Within(1e-12));
        Assert.That(Values(result.Inputs[1].Relevance), Is.EqualTo(new double[] { 10, 40, 30, 80 }).Within(1e-12));
        Assert.That(result.CompletenessErrors, Is.All.EqualTo(0).Within(1e-12));

        var one = new IntegratedGradients { Baseline = zeros(2) };
        Assert.That(
            () => one.Attribute(model, inputs => model.call(inputs[0], inputs[1], inputs[1]), [a, a]),
            Throws.ArgumentException.With.Message.Contains("Baselines").And.Message.Contains("'0', '1'")
        );
    }

    [Test]
    public void AnInputThatTheOutputDoesNotDependOnHasNone()
    {
        using var model = new TwoInputs();
        var a = Inputs([1, 2], [3, 4]);
        using var result = new InputXGradient().Attribute(
            model,
            inputs => model.call(inputs[0], zeros_like(inputs[1]), inputs[1]),
            [a, a * 2],
            Target.Entry(0)
        );
        Assert.That(Values(result.Inputs[1].Relevance), Is.All.Zero);
    }

    [Test]
    public void RelevanceBeginsAtTheOutputAlsoBehindAFunctionOfIt()
    {
        using var plain = Relu();
        using var model = new Wrapped(plain);
        var x = randn([2, 6], dtype: ScalarType.Float64);
        var method = new CompositeAttributor(Lrp0());
        using var found = method.Attribute(model, input => model.call(new Question(input)).Logits.softmax(1), x, 1);

        using var registration = Lrp0().Register(model);
        var leaf = x.clone().requires_grad_();
        model.call(new Question(leaf)).Logits.softmax(1)[.., 1].sum().backward();
        Assert.That(Values(found.Relevance), Is.EqualTo(Values(leaf.grad!)).Within(1e-14));
    }

    [Test]
    public void AModelThatIsRunByForwardIsRefused()
    {
        using var plain = Relu();
        using var model = new Wrapped(plain);
        Assert.That(
            () =>
                new CompositeAttributor(Lrp0()).Attribute(
                    model,
                    input => model.forward(new Question(input)).Logits,
                    ones([1, 6], dtype: ScalarType.Float64)
                ),
            Throws.InvalidOperationException.With.Message.Contains("call()")
        );
    }

    [Test]
    public void ArgumentsThatDoNotFitAreNamedWithTheRemedy()
    {
        using var model = new TwoInputs();
        var (a, ids) = (Inputs([1, 2], [3, 4]), ones([2, 2], dtype: ScalarType.Int64));
        AttributionResult Explain(params ModelArgument[] arguments) =>
            new Gradient().Attribute(model, inputs => model.call(inputs[0], inputs[0], inputs[0]), arguments);

        Assert.Multiple(() =>
        {
            Assert.That(() => Explain(), Throws.ArgumentException.With.Message.Contains("at least one"));
            Assert.That(
                () => Explain(a, ones(3, 2)),
                Throws.ArgumentException.With.Message.Contains("argument 1").And.Message.Contains("[3, 2]")
            );
            Assert.That(
                () => Explain(a, ones(3).sum()),
                Throws.ArgumentException.With.Message.Contains("[]").And.Message.Contains("function")
            );
            Assert.That(
                () => Explain(ids, ids),
                Throws.ArgumentException.With.Message.Contains("Int64").And.Message.Contains("Embedding")
            );
            Assert.That(() => Explain(new(a, "x"), new(a, "x")), Throws.ArgumentException.With.Message.Contains("'x'"));
            Assert.That(
                () => Explain(a, new(a / 0, "other")),
                Throws.ArgumentException.With.Message.Contains("Sample 0 of the argument 'other'")
            );
        });
    }

    [Test]
    public void PixelsOfTheFirstArgumentOfNumbersAreFlipped()
    {
        using var model = new TwoInputs();
        var a = Inputs([1, 2], [3, 4]);
        var mask = ones(2, 2).to(ScalarType.Bool);
        var flipping = new PixelFlipping { Steps = 2, ChunkSize = 3 };
        var curves = flipping.Evaluate(
            model,
            inputs => model.call(inputs[1], inputs[2], inputs[0]),
            [mask, a, ModelArgument.Constant(a)],
            Inputs([1, 0], [0, 1]),
            Target.Entry(0)
        );
        // without a: 2 + 10 + 40 and 2 + 30 + 80; of a both removed in turn
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 95, 88, 82 }));
        Assert.That(curves.LeastRelevantFirst, Is.EqualTo(new double[] { 95, 89, 82 }));
    }

    [Test]
    public void APassLeavesNoTraceInTheModel()
    {
        using var model = new Remembering();
        var x = Inputs([1, 2], [3, 4]);
        foreach (var method in Methods().Where(method => method is not CompositeAttributor))
        {
            using var first = method.Attribute(model, x, Target.Entry(0));
            using var second = method.Attribute(model, x, Target.Entry(0));
            Assert.That(Values(second.Relevance), Is.EqualTo(Values(first.Relevance)), method.Name);
            Assert.That(first.Explained[0], Is.EqualTo(3), method.Name);
            Assert.That(model.Last, Is.Null, method.Name);
            Assert.That(model.Sum.sum().ToDouble(), Is.Zero, method.Name);
            Assert.That(model.Sum.requires_grad, Is.False, method.Name);
        }
    }

    private static Composite Lrp0() =>
        new() { { typeof(Linear), LrpRule.Lrp0() }, { Functions.Add, LrpRule.Epsilon(1e-12) } };

    private sealed record Question(Tensor Values);

    private sealed record Answer(Tensor Hidden, Tensor Logits, Dictionary<string, Tensor> More);

    private sealed class Wrapped : nn.Module<Question, Answer>
    {
        private readonly nn.Module<Tensor, Tensor> _inner;

        public Wrapped(nn.Module<Tensor, Tensor> inner)
            : base(nameof(Wrapped))
        {
            _inner = inner;
            RegisterComponents();
        }

        public override Answer forward(Question input)
        {
            var logits = _inner.call(input.Values);
            return new Answer(input.Values * 2, logits, new() { ["twice"] = logits * 2 });
        }
    }

    private sealed class Packed : nn.Module<Tensor, object>
    {
        private readonly nn.Module<Tensor, Tensor> _inner;
        private readonly Func<Tensor, object> _pack;

        public Packed(nn.Module<Tensor, Tensor> inner, Func<Tensor, object> pack)
            : base(nameof(Packed))
        {
            (_inner, _pack) = (inner, pack);
            register_module(nameof(inner), inner);
        }

        public override object forward(Tensor x) => _pack(_inner.call(x));
    }

    private sealed class TwoInputs : nn.Module<Tensor, Tensor, Tensor, Tensor>
    {
        private readonly Linear _first = Linear(
            new double[,]
            {
                { 2, 3 },
            }
        );

        private readonly Linear _second = Linear(
            new double[,]
            {
                { 10, 20 },
            }
        );

        public TwoInputs()
            : base(nameof(TwoInputs)) => RegisterComponents();

        public override Tensor forward(Tensor first, Tensor second, Tensor mask) =>
            _first.call(first)
            + _second.call(second)
            + mask.detach().to(ScalarType.Float64).mul(mask.dtype == ScalarType.Bool ? 1 : 0).sum(1, keepdim: true);
    }

    /// <summary>Adds what it was given before.</summary>
    private sealed class Remembering() : nn.Module<Tensor, Tensor>(nameof(Remembering))
    {
        public Tensor? Last;
        public Tensor Sum = zeros(10, 1, dtype: ScalarType.Float64);

        public override Tensor forward(Tensor input)
        {
            var output = input.sum(1, keepdim: true);
            Sum[..(int)input.shape[0]] += output;
            Last = Last is null ? output : cat([Last, output], 1);
            return Last.sum(1, keepdim: true) + Sum[..(int)input.shape[0]] - output;
        }
    }
}
