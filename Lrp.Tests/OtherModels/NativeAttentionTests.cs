using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.OtherModels;

/// <summary>
/// <c>nn.MultiheadAttention</c> runs natively. Its operators have the rules of AttnLRP, or of CP-LRP, all the same.
/// </summary>
[TestFixture]
public sealed class NativeAttentionTests
{
    private const int Time = 4;
    private const int Keys = 5;
    private const int Features = 6;
    private const int Heads = 2;

    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        manual_seed(4);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    /// <summary>Which of query, key and value are one tensor, and the options.</summary>
    private static IEnumerable<TestCaseData> Variants()
    {
        foreach (var softmaxIsConstant in new[] { false, true })
        {
            foreach (var same in new[] { "all", "key and value", "none" })
            {
                yield return Case(new(same) { SoftmaxIsConstant = softmaxIsConstant });
                yield return Case(new(same) { SoftmaxIsConstant = softmaxIsConstant, HasMask = true });
                yield return Case(new(same) { SoftmaxIsConstant = softmaxIsConstant, HasPadding = true });
            }

            yield return Case(new("all") { SoftmaxIsConstant = softmaxIsConstant, AddsBias = true });
            yield return Case(new("none") { SoftmaxIsConstant = softmaxIsConstant, AddsBias = true });
            yield return Case(new("none") { SoftmaxIsConstant = softmaxIsConstant, AddsZero = true });
            yield return Case(
                new("key and value")
                {
                    SoftmaxIsConstant = softmaxIsConstant,
                    HasMask = true,
                    HasPadding = true,
                    AddsBias = true,
                    AddsZero = true,
                    Batch = 1,
                }
            );
            yield return Case(new("none") { SoftmaxIsConstant = softmaxIsConstant, KeyFeatures = 3 });
            yield return Case(
                new("none")
                {
                    SoftmaxIsConstant = softmaxIsConstant,
                    KeyFeatures = 3,
                    AddsBias = true,
                    AddsZero = true,
                }
            );
            yield return Case(new("all") { SoftmaxIsConstant = softmaxIsConstant, HasBias = false });
            yield return Case(
                new("none")
                {
                    SoftmaxIsConstant = softmaxIsConstant,
                    HasBias = false,
                    KeyFeatures = 7,
                }
            );
            yield return Case(new("all") { SoftmaxIsConstant = softmaxIsConstant, NeedsWeights = false });
            yield return Case(new("all") { SoftmaxIsConstant = softmaxIsConstant, IsTraining = true });
            yield return Case(new("none") { SoftmaxIsConstant = softmaxIsConstant, Batch = 1 });
        }

        yield return Case(new("none") { ExplainsWeights = true });
        yield return Case(new("all") { ExplainsWeights = true, HasMask = true });
    }

    [TestCaseSource(nameof(Variants))]
    public void RelevanceIsThatOfTheWrittenAttention(Variant variant)
    {
        using var attention = nn.MultiheadAttention(
            Features,
            Heads,
            bias: variant.HasBias,
            add_bias_kv: variant.AddsBias,
            add_zero_attn: variant.AddsZero,
            kdim: variant.KeyFeatures,
            vdim: variant.KeyFeatures
        );
        _ = attention.to(ScalarType.Float64);
        attention.train(variant.IsTraining);
        foreach (var parameter in attention.parameters())
        {
            using var off = no_grad();
            nn.init.uniform_(parameter, -0.7, 0.7); // biases are zero otherwise
        }

        var times = variant.Same == "all" ? Time : Keys;
        var dropped = rand(Time, times).gt(0.8);
        var mask = variant.HasMask ? randn(Time, times, ScalarType.Float64).masked_fill(dropped, -1e9) : null;
        var lengths = tensor([3L, 2]).unsqueeze(1)[..variant.Batch];
        var padding = variant.HasPadding ? arange(times).unsqueeze(0).ge(lengths) : null;
        var (query, key, value) = (
            randn(Time, variant.Batch, Features, ScalarType.Float64),
            randn(times, variant.Batch, variant.KeyFeatures ?? Features, ScalarType.Float64),
            randn(times, variant.Batch, variant.KeyFeatures ?? Features, ScalarType.Float64)
        );
        var written = new WrittenTransformer(attention, Heads, variant.SoftmaxIsConstant);
        var start = variant.ExplainsWeights
            ? randn(variant.Batch, Time, times, ScalarType.Float64)
            : randn(Time, variant.Batch, Features, ScalarType.Float64);
        using var model = new NativeModule(
            attention,
            (q, k, v) =>
            {
                (q, k, v) = Given(variant, q, k, v);
                var (output, weights) = attention.call(q, k, v, padding!, variant.NeedsWeights, mask!);
                return variant.ExplainsWeights ? weights : output;
            }
        );
        var composite = NativeModule.Rules(variant.SoftmaxIsConstant);
        var found = model.Relevances(composite, start, query, key, value);
        var expected = NativeModule.Written(
            (q, k, v) =>
            {
                (q, k, v) = Given(variant, q, k, v);
                var (output, weights) = written.Attention("", q, k, v, mask, padding, variant.AddsZero);
                return variant.ExplainsWeights ? weights : output;
            },
            start,
            query,
            key,
            value
        );
        NativeModule.AssertSame(found, expected);
    }

    private static (Tensor Q, Tensor K, Tensor V) Given(Variant variant, Tensor q, Tensor k, Tensor v) =>
        variant.Same switch
        {
            "all" => (q, q, q),
            "key and value" => (q, k, k),
            _ => (q, k, v),
        };

    private static TestCaseData Case(Variant variant) =>
        new TestCaseData(variant).SetArgDisplayNames(
            string.Join(
                ", ",
                new[]
                {
                    $"same: {variant.Same}",
                    variant.SoftmaxIsConstant ? "CP-LRP" : "AttnLRP",
                    variant.HasMask ? "attn_mask" : "",
                    variant.HasPadding ? "key_padding_mask" : "",
                    variant.AddsBias ? "add_bias_kv" : "",
                    variant.AddsZero ? "add_zero_attn" : "",
                    variant.KeyFeatures is { } features ? $"kdim {features}" : "",
                    variant.HasBias ? "" : "without bias",
                    variant.NeedsWeights ? "" : "without weights",
                    variant.IsTraining ? "training" : "",
                    variant.ExplainsWeights ? "relevance of the weights" : "",
                    $"batch {variant.Batch}",
                }.Where(part => part.Length > 0)
            )
        );

    /// <summary>What the module is given.</summary>
    /// <param name="Same">Which of query, key and value are one tensor.</param>
    public sealed record Variant(string Same)
    {
        public bool SoftmaxIsConstant { get; init; }

        public bool HasMask { get; init; }

        public bool HasPadding { get; init; }

        public bool AddsBias { get; init; }

        public bool AddsZero { get; init; }

        public long? KeyFeatures { get; init; }

        public bool HasBias { get; init; } = true;

        public bool NeedsWeights { get; init; } = true;

        public bool IsTraining { get; init; }

        public bool ExplainsWeights { get; init; }

        public int Batch { get; init; } = 2;
    }
}
