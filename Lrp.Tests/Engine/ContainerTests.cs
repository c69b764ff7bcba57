using Lrp.Composites;
using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>
/// A model may return its tensors in whatever holds tensors; relevance begins as the explained output.
/// </summary>
[TestFixture]
public sealed class ContainerTests
{
    private static IEnumerable<TestCaseData> Containers()
    {
        yield return Case<Dictionary<string, Tensor>>(
            "dictionary",
            t => new() { ["logits"] = t, ["twice"] = t * 2 },
            o => o["logits"]
        );
        yield return Case<Record>("record", t => new Record(t, "text"), o => o.Logits);
        yield return Case<RecordStruct>("record struct", t => new RecordStruct(1, t), o => o.Logits);
        yield return Case<Settable>("class", t => new Settable { Logits = t }, o => o.Logits!);
        yield return Case<Field>("read-only field", t => new Field(t), o => o.Logits);
        yield return Case<Derived>("base class", t => new Derived(t), o => o.Logits);
        yield return Case<Nested>("nested", t => new Nested(new Record(t, ""), [t * 3]), o => o.Inner.Logits);
        yield return Case<List<(Tensor, int)>>("list of tuples", t => [(t, 1)], o => o[0].Item1);
        yield return Case<(Tensor, Tensor)[]>("array of tuples", t => [(t, t * 2)], o => o[0].Item1);
        yield return Case<(int, int, int, int, int, int, int, int, Tensor)>(
            "tuple of nine",
            t => (1, 2, 3, 4, 5, 6, 7, 8, t),
            o => o.Item9
        );
        yield return Case<object>("object", t => t, o => (Tensor)o);
    }

    [TestCaseSource(nameof(Containers))]
    public void RelevanceBeginsAsTheExplainedOutput(Func<Composite, Tensor, (Tensor, bool)> explain)
    {
        using var scope = NewDisposeScope();
        var x = randn(1, 4).requires_grad_();
        var (logits, began) = explain(new Composite { { typeof(TorchSharp.Modules.Linear), LrpRule.Lrp0() } }, x);
        Assert.That(began, Is.True);
        Assert.That(x.grad!.sum().item<float>(), Is.EqualTo(logits[0, 1].item<float>()).Within(1e-4));
    }

    [Test]
    public void WhatHoldsTensorsIsCopiedAndTheOriginalStays()
    {
        using var scope = NewDisposeScope();
        var tensor = ones(2);
        var original = new Nested(new Record(tensor, "a"), [tensor]);
        var replaced = (Nested)TensorArguments.Replace(original, t => t + 1)!;
        Assert.That(original.Inner.Logits, Is.SameAs(tensor));
        Assert.That(original.More[0], Is.SameAs(tensor));
        Assert.That(replaced.Inner.Text, Is.EqualTo("a"));
        Assert.That(replaced.More[0].sum().item<float>(), Is.EqualTo(4));
    }

    [Test]
    public void AnObjectThatHoldsItselfIsRefused()
    {
        var endless = new Endless();
        endless.Next = endless;
        Assert.That(
            () => TensorArguments.In(endless).ToList(),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("holds itself")
        );
    }

    [Test]
    public void ASequenceThatCannotBeCopiedIsRefused()
    {
        using var scope = NewDisposeScope();
        var tensor = ones(2);
        Assert.That(
            () => TensorArguments.Replace(new Queue<Tensor>([tensor]), t => t),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("Queue")
        );
    }

    [Test]
    public void ABackwardPassWithoutTheModelsCallIsReported()
    {
        using var scope = NewDisposeScope();
        var model = nn.Sequential(("fc", nn.Linear(4, 3)), ("act", nn.ReLU()));
        var logger = new CollectingLogger();
        using var registration = Presets.EpsilonPlus().Register(model, logger);
        var x = randn(1, 4).requires_grad_();

        model.forward(x)[0, 0].backward();

        Assert.That(logger.Warnings, Has.Some.Contains("call()"));
        Assert.That(registration.Conservation().BeganAtModelOutput, Is.False);
        Assert.That(registration.Conservation().ToString(), Does.Contain("relevance began as the gradient"));

        model.call(x)[0, 0].backward();
        Assert.That(registration.Conservation().BeganAtModelOutput, Is.True);
    }

    private static TestCaseData Case<T>(string name, Func<Tensor, T> wrap, Func<T, Tensor> unwrap)
    {
        return new TestCaseData((Func<Composite, Tensor, (Tensor, bool)>)Explain).SetArgDisplayNames(name);

        (Tensor, bool) Explain(Composite composite, Tensor x)
        {
            var model = new Wrapped<T>(wrap);
            using var registration = composite.Register(model);
            var logits = unwrap(model.call(x));
            logits[0, 1].backward();
            return (logits.detach(), registration.Conservation().BeganAtModelOutput);
        }
    }

    private sealed class Wrapped<T> : nn.Module<Tensor, T>
    {
        private readonly Func<Tensor, T> _wrap;
        private readonly TorchSharp.Modules.Linear _layer = nn.Linear(4, 3, hasBias: false);

        public Wrapped(Func<Tensor, T> wrap)
            : base("Wrapped")
        {
            _wrap = wrap;
            register_module("layer", _layer);
        }

        public override T forward(Tensor input) => _wrap(_layer.call(input));
    }

    private sealed record Record(Tensor Logits, string Text);

    private readonly record struct RecordStruct(int Number, Tensor Logits);

    private sealed class Settable
    {
        public Tensor? Logits { get; set; }
    }

    private class Field(Tensor logits)
    {
        public readonly Tensor Logits = logits;
    }

    private sealed class Derived(Tensor logits) : Field(logits);

    private sealed record Nested(Record Inner, Tensor[] More);

    private sealed class Endless
    {
        public Endless? Next { get; set; }
    }
}
