using Lrp.Composites;
using Lrp.Rules.FunctionRules;
using Lrp.Tests.Engine;
using Mails;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>Models that are called on token ids, integers that have no gradient.</summary>
[TestFixture]
public sealed class TokenIdTests
{
    [Test]
    public void IntegersNeedNeitherAGradientNorARecord()
    {
        using var scope = NewDisposeScope();
        using var model = MailTransformer.Pretrained();
        var logger = new CollectingLogger();
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model, logger);

        model.call(tensor(new long[] { 1, 2, 3 }).unsqueeze(0))[0, 1].backward();

        Assert.That(registration.Embeddings.Single().Tokens().shape, Is.EqualTo(new long[] { 1, 3 }));
        Assert.That(logger.Warnings, Has.None.Contains("integers"));
        Assert.That(logger.Warnings, Has.None.Contains("'embedding'"), "its relevance is read");
        Assert.That(registration.Describe(), Does.Contain("relevance of ids is read here"));
    }

    [Test]
    public void TheRelevanceOfTokenIdsIsReadAtTheirEmbedding()
    {
        using var scope = NewDisposeScope();
        using var model = MailTransformer.Pretrained(ScalarType.Float64);
        var logger = new CollectingLogger();
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model, logger);
        var ids = tensor(new long[] { 5, 17, 3 }).unsqueeze(0);

        var words = model.Embed(ids).detach().requires_grad_();
        model.call(words)[0, 1].backward();
        using var record = registration.Record("embedding");
        model.call(ids)[0, 1].backward();

        Assert.That(record.Relevance!.allclose(words.grad!), Is.True);
        Assert.That(registration.Embeddings.Single().Relevance.Equals(record.Relevance!), Is.True);
        Assert.That(words.grad!.abs().sum().ToDouble(), Is.GreaterThan(0));
        Assert.That(logger.Warnings, Has.None.Contains("integers"), "they are read at the embedding");
    }

    /// <summary>A table that is a parameter and no embedding: what is not read there is said.</summary>
    [Test]
    public void IdsThatNoEmbeddingLooksUpAreAWarning([Values] bool byIndex)
    {
        using var scope = NewDisposeScope();
        using var model = new OwnTable(byIndex);
        var logger = new CollectingLogger();
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model, logger);
        model.call(tensor(new long[] { 1, 2, 3 }).unsqueeze(0)).sum().backward();
        Assert.That(logger.Warnings, Has.Some.Contains("parameter 'table' [7, 4]"));
        Assert.That(registration.Conservation().Warnings, Has.Some.Contains("nn.Embedding"));
    }

    private sealed class OwnTable : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Parameter _table = nn.Parameter(rand(7, 4));
        private readonly TorchSharp.Modules.Embedding _positions = nn.Embedding(5, 4);
        private readonly bool _byIndex;

        public OwnTable(bool byIndex)
            : base(nameof(OwnTable))
        {
            _byIndex = byIndex;
            register_parameter("table", _table);
            register_module("positions", _positions);
        }

        public override Tensor forward(Tensor ids)
        {
            var words = _byIndex ? _table[ids] : _table.index_select(0, ids.flatten()).reshape([.. ids.shape, 4]);
            return words + _positions.call(arange(ids.shape[1]));
        }
    }
}
