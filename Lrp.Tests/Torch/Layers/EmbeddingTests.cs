using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class EmbeddingTests
{
    private static Tensor Table() => tensor(new[] { 0.0, 1, 10, 11, 20, 21 }).view(3, 2);

    [SetUp]
    public void Seed() => manual_seed(7);

    [Test]
    public void AnEmbeddingPicksRows()
    {
        using var scope = NewDisposeScope();
        Embedding embedding = Embedding_from_pretrained(Table());
        AreClose(embedding.call(tensor(new long[] { 2, 0, 2 })), [20, 21, 0, 1, 20, 21]);
        Assert.That(embedding.call(zeros([2L, 3], dtype: ScalarType.Int64)).shape, Is.EqualTo(new long[] { 2, 3, 2 }));
    }

    [Test]
    public void PretrainedEmbeddingsAreFrozenUnlessToldOtherwise()
    {
        using var scope = NewDisposeScope();
        Assert.That(Embedding_from_pretrained(Table()).weight!.requires_grad, Is.False);
        Assert.That(Embedding_from_pretrained(Table(), freeze: false).weight!.requires_grad, Is.True);
    }

    [Test]
    public void ThePaddingRowIsZeroAndGetsNoGradient()
    {
        using var scope = NewDisposeScope();
        Embedding embedding = Embedding(4, 3, padding_idx: 1);
        HasParameters(embedding, ("weight", [4, 3]));
        AreClose(embedding.weight!.select(0, 1), [0, 0, 0]);
        embedding.call(tensor(new long[] { 1, 2 })).sum().backward();
        AreClose(embedding.weight.grad!.sum(1), [0, 0, 3, 0]);
    }

    [Test]
    public void RowsOfTooGreatANormAreScaledDown()
    {
        using var scope = NewDisposeScope();
        Embedding embedding = Embedding_from_pretrained(tensor(new[] { 3.0, 4, 0.3, 0.4 }).view(2, 2), max_norm: 1);
        AreClose(embedding.call(tensor(new long[] { 0, 1 })), [0.6, 0.8, 0.3, 0.4], 1e-6);
    }

    [Test]
    public void IndicesMustBeIntegers()
    {
        using var scope = NewDisposeScope();
        Embedding embedding = Embedding(4, 3);
        Assert.Catch(() => embedding.call(ones(2)));
    }

    [Test]
    public void AnIndexOutOfRangeIsAnException()
    {
        using var scope = NewDisposeScope();
        Embedding embedding = Embedding(4, 3);
        Assert.Catch(() => embedding.call(tensor(new long[] { 4 })));
    }

    [TestCase(EmbeddingBagMode.Sum, new[] { 10.0, 12, 40, 42 })]
    [TestCase(EmbeddingBagMode.Mean, new[] { 5.0, 6, 20, 21 })]
    [TestCase(EmbeddingBagMode.Max, new[] { 10.0, 11, 20, 21 })]
    public void ABagJoinsItsRows(EmbeddingBagMode mode, double[] expected)
    {
        using var scope = NewDisposeScope();
        EmbeddingBag bag = EmbeddingBag_from_pretrained(Table(), mode: mode);
        Tensor flat = tensor(new long[] { 0, 1, 2, 2 });
        AreClose(bag.call(flat, tensor(new long[] { 0, 2 })), expected);
        AreClose(bag.call(flat.view(2, 2)), expected);
    }

    [Test]
    public void AFlatInputNeedsOffsets()
    {
        using var scope = NewDisposeScope();
        EmbeddingBag bag = EmbeddingBag(3, 2);
        Assert.Throws<ArgumentException>(() => bag.call(tensor(new long[] { 0, 1 })));
    }

    [Test]
    public void SamplesMayBeWeighted()
    {
        using var scope = NewDisposeScope();
        EmbeddingBag bag = EmbeddingBag_from_pretrained(Table(), mode: EmbeddingBagMode.Sum);
        Tensor y = bag.call(tensor(new long[] { 1, 2 }), tensor(new long[] { 0 }), tensor(new[] { 0.5, 2 }));
        AreClose(y, [45, 47.5]);
    }
}
