using Lrp.Core.Hooks;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>A text, the logit of it that is explained, and how explanations are compared.</summary>
internal static class ExplainedText
{
    public static readonly long[,] Ids =
    {
        { 5, 17, 33, 8, 41, 12 },
    };
    public static readonly long[,] EndedIds =
    {
        { 5, 17, 33, 8, 41, 2 },
    };
    public static readonly IReadOnlyList<IReadOnlyList<long>> LastToken =
    [
        [5, 7],
    ];

    public static void AssertEqual(IEnumerable<Tensor> actual, IEnumerable<Tensor> expected)
    {
        var pairs = actual.Zip(expected).ToList();
        Assert.That(pairs, Has.Count.EqualTo(expected.Count()));
        foreach (var (left, right) in pairs)
        {
            var scale = right.abs().max().ToDouble();
            Assert.That(left.sub(right).abs().max().ToDouble(), Is.AtMost(1e-8 * scale));
        }
    }

    /// <summary>Changes what a module returns.</summary>
    public sealed class Change(Func<Tensor, Tensor> change) : IModuleInterceptor
    {
        public object?[] Before(nn.Module module, object?[] inputs) => inputs;

        public object? After(nn.Module module, object?[] inputs, object? output) => change((Tensor)output!);
    }
}
