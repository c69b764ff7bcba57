using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Registrations;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Tests.OtherModels;

/// <summary>A model around a module of torch that runs natively, with up to three inputs.</summary>
internal sealed class NativeModule : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor, Tensor, Tensor> _forward;

    public NativeModule(nn.Module inner, Func<Tensor, Tensor, Tensor, Tensor> forward)
        : base(nameof(NativeModule))
    {
        _forward = forward;
        register_module("inner", inner);
    }

    /// <summary>AttnLRP's rules, or those of CP-LRP, in which attention weights take no relevance.</summary>
    public static Composite Rules(bool softmaxIsConstant) =>
        softmaxIsConstant
            ? new Composite { { Functions.Softmax, LrpRule.StopRelevance() }, { Functions.AttnLrp } }
            : new Composite { { Functions.AttnLrp } };

    /// <summary>Relevance at the three inputs; null where none arrives.</summary>
    public Tensor?[] Relevances(Composite composite, Tensor start, params Tensor[] inputs)
    {
        using var registration = composite.Register(this, start: RelevanceStart.Gradient);
        return Relevances(call, start, inputs, registration);
    }

    /// <summary>Relevance at the inputs of a function that is written with drop-ins.</summary>
    public static Tensor?[] Written(Func<Tensor, Tensor, Tensor, Tensor> function, Tensor start, params Tensor[] inputs)
    {
        var relevance = Relevances(function, start, inputs, null);
        Relevance.ThrowIfFaulted();
        return relevance;
    }

    /// <summary>Fails unless relevance is the same at all inputs.</summary>
    public static void AssertSame(Tensor?[] found, Tensor?[] expected)
    {
        for (var k = 0; k < found.Length; k++)
        {
            if (expected[k] is not { } wanted)
            {
                Assert.That(found[k], Is.Null, $"input {k}");
                continue;
            }

            var difference = (found[k]! - wanted).abs().max().item<double>();
            Assert.That(difference, Is.LessThan(1e-9 * Math.Max(1, wanted.abs().max().item<double>())), $"input {k}");
        }

        Assert.That(expected.OfType<Tensor>().Any(one => one.abs().max().item<double>() > 1e-3), Is.True);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor first, Tensor second, Tensor third) => _forward(first, second, third);

    private static Tensor?[] Relevances(
        Func<Tensor, Tensor, Tensor, Tensor> function,
        Tensor start,
        Tensor[] inputs,
        Registration? registration
    )
    {
        var leaves = Array.ConvertAll(inputs, input => input.detach().clone().requires_grad_());
        function(leaves[0], leaves[1], leaves[2]).backward([start]);
        registration?.ThrowIfFaulted();
        return Array.ConvertAll(leaves, leaf => leaf.grad);
    }
}
