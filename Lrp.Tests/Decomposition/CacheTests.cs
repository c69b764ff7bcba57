using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using TorchSharp;
using static Lrp.Tests.Decomposition.AffineModel;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>A model that keeps keys and values from call to call writes them into a buffer.</summary>
[TestFixture]
public sealed class CacheTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(3);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void ACacheOfTheModelIsWrittenAndReadInEveryCall()
    {
        using var model = new CachingModel();
        var reference = new CachingModel();
        foreach (var length in new[] { 3, 1, 2 })
        {
            var x = randn(1, length, 4, ScalarType.Float64);
            using var composition = Composition.PerIndex(x, 1);
            using var run = new Composite { { typeof(nn.Module), new Affine() } }.Decompose(model, composition);
            var found = run.Of(model.call(x));
            var before = reference.Copy();
            var nothing = before.Copy().call(zeros_like(x));
            for (var k = 0; k < length; k++)
            {
                var expected = before.Copy().call(composition.Components[k]) - nothing;
                Assert.That(found[k].allclose(expected, 1e-12, 1e-12), Is.True, $"component {k} of {length}");
            }

            Assert.That(found.Residual.allclose(nothing, 1e-12, 1e-12), Is.True);
            Assert.That(found.Value.allclose(reference.call(x), 1e-12, 1e-12), Is.True);
        }
    }

    /// <summary>Attention of a kind, without a softmax: keys and values are kept in a buffer.</summary>
    private sealed class CachingModel : nn.Module<Tensor, Tensor>
    {
        private readonly Tensor _cache = Zeros(1, 8, 4);
        private int _length;

        public CachingModel()
            : base(nameof(CachingModel)) { }

        public CachingModel Copy()
        {
            var copy = new CachingModel { _length = _length };
            copy._cache.copy_(_cache);
            return copy;
        }

        public override Tensor forward(Tensor input)
        {
            var end = _length + (int)input.shape[1];
            _cache[.., _length..end] = input * 2;
            _length = end;
            return _cache[.., ..end].mean([1], true) + input;
        }
    }
}
