using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Registrations;
using Lrp.Rules.FunctionRules;
using Lrp.Tests.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>Models that keep keys and values from one call to the next, under a registration.</summary>
[TestFixture]
public sealed class CacheTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void ASecondExplanationWorks([Values] CacheHabit cache, [Values] bool runsForward)
    {
        using var model = new LlamaLike(runsForward, cache);
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model);
        var (first, _) = Explain(registration, model, Ids());
        var (second, tokens) = Explain(registration, model, Ids());
        Explain(registration, model, Ids());

        Assert.That(tokens, Is.EqualTo(1), "the graph of the first explanation is gone");
        if (cache is CacheHabit.None or CacheHabit.Slices)
        {
            Assert.That((first - second).abs().max().ToDouble(), Is.Zero);
        }
    }

    [Test]
    public void TokensThatWereCalledBeforeHaveTheirRelevance(
        [Values(CacheHabit.Reassigned, CacheHabit.Growing)] CacheHabit cache
    )
    {
        using var whole = new LlamaLike();
        using var registration = new Composite { { Functions.AttnLrp } }.Register(whole);
        var (expected, _) = Explain(registration, whole, Ids());

        using var model = new LlamaLike(cache: cache);
        using var other = new Composite { { Functions.AttnLrp } }.Register(model);
        model.call(new TokenInput(Ids()[.., ..3]));
        model.call(new TokenInput(Ids()[.., 3..])).Logits[0, -1, 4].backward();

        var read = other.Embeddings;
        Assert.That(read.Select(one => one.Ids.shape[1]), Is.EqualTo(new[] { 3, 2 }), "in the order of the calls");
        var found = cat([.. read.Select(one => one.Relevance)], 1);
        Assert.That((found - expected).abs().max().ToDouble(), Is.LessThan(1e-14));
    }

    [Test]
    public void NothingOfTheRulesIsLeftInTheModel([Values] CacheHabit cache)
    {
        using var model = new LlamaLike(cache: cache);
        using (var registration = new Composite { { Functions.AttnLrp } }.Register(model))
        {
            Explain(registration, model, Ids());
        }

        Assert.That(new Lrp.Core.State.StateGraph(model).Tensors, Has.None.Property(nameof(Tensor.requires_grad)).True);
    }

    [Test]
    public void WhatWasNotSelectedDoesNoHarm([Values] RelevanceStart start)
    {
        using var model = new LlamaLike(cache: CacheHabit.Growing);
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model, start: start);
        using var cache = new KeyValueCache();
        var output = model.call(new TokenInput(Ids()) { Cache = cache });

        Assert.That(output.Cache, Is.SameAs(cache), "a cache is not copied");
        Assert.That(output.Attentions, Has.Count.EqualTo(1), "a queue stays as it is");
        Assert.That(output.Self!.Self, Is.SameAs(output.Self), "and so does an object that holds itself");
        output.Logits[0, -1, 4].backward();
        Assert.That(registration.Conservation().BeganAtModelOutput, Is.True);
        var expected = start == RelevanceStart.Gradient ? 1 : output.Logits[0, -1, 4].ToDouble();
        Assert.That(registration.Conservation().ModelOutput, Is.EqualTo(expected).Within(1e-12));
    }

    private static Tensor Ids() => tensor(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0 }).reshape(2, 5);

    /// <summary>The relevance of the tokens of the last call, and the number of calls that relevance reached.</summary>
    private static (Tensor Relevance, int Calls) Explain(Registration registration, LlamaLike model, Tensor ids)
    {
        model.call(new TokenInput(ids)).Logits[0, -1, 4].backward();
        return (registration.Embeddings[^1].Relevance.clone(), registration.Embeddings.Count);
    }
}
