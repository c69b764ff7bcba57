using Lrp.Composites;
using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>Relevance of inputs, for tests.</summary>
internal static class Explained
{
    /// <summary>Random numbers that keep away from zero.</summary>
    public static Tensor Away(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        var signs = rand(shape, ScalarType.Float64, generator: generator).sub(0.5).sign();
        return signs * (rand(shape, ScalarType.Float64, generator: generator) + 0.5);
    }

    /// <summary>Relevance at each input for relevance R at the function's value; null where it took none.</summary>
    public static Tensor?[] Shares(Func<Tensor[], Tensor> function, Tensor relevance, params Tensor[] inputs)
    {
        var leaves = Array.ConvertAll(inputs, input => input.detach().clone().requires_grad_());
        function(leaves).backward([relevance]);
        return Array.ConvertAll(leaves, leaf => leaf.grad);
    }

    /// <summary>The relevance of a model's input for relevance 1 at each output, under a composite's rules.</summary>
    public static Tensor RelevanceOf(nn.Module<Tensor, Tensor> model, Composite composite, Tensor x)
    {
        using var registration = composite.Register(model, start: RelevanceStart.Gradient);
        return Explain(model, x);
    }

    /// <summary>The same under whatever is registered.</summary>
    public static Tensor Explain(nn.Module<Tensor, Tensor> model, Tensor x)
    {
        var leaf = x.detach().clone().requires_grad_();
        var output = model.call(leaf);
        output.backward([ones_like(output)]);
        return leaf.grad!;
    }

    /// <summary>The largest difference, as a part of the largest entry.</summary>
    public static double Distance(Tensor actual, Tensor expected) =>
        ((actual - expected).abs().max() / expected.abs().max()).item<double>();

    public static bool SameBits(Tensor a, Tensor b) => a.shape.SequenceEqual(b.shape) && a.bytes.SequenceEqual(b.bytes);
}
