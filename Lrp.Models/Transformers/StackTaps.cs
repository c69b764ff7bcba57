using Lrp.Core.Hooks;
using Lrp.Models.Layers;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>Hooks on a stack that note the tensors at which relevance is read.</summary>
internal sealed class StackTaps : IDisposable
{
    private readonly List<IDisposable> _hooks = [];

    /// <summary>Attaches the hooks.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="parts">What is read.</param>
    /// <param name="points">
    /// Gives the place for the tensors of the pass that runs; null where none is explained.
    /// </param>
    /// <param name="recomputesBlocks">Whether blocks run again in the backward pass.</param>
    public StackTaps(Stack stack, RelevanceParts parts, Func<StackPoints?> points, bool recomputesBlocks)
    {
        After(
            stack.Words,
            output =>
            {
                if (points() is not { } pass)
                {
                    return output;
                }

                var leaf = output.detach().requires_grad_();
                pass.Words.Add(leaf);
                return leaf;
            }
        );
        if (parts.HasFlag(RelevanceParts.Latents))
        {
            TapLatents(stack, points);
        }

        var blocks = stack.Passes.SelectMany(pass => pass).Distinct().ToList();
        for (var k = 0; k < blocks.Count; k++)
        {
            if (recomputesBlocks)
            {
                Before(blocks[k].Attention, _ => points()?.BeginBlock());
            }

            if (parts.HasFlag(RelevanceParts.Heads))
            {
                AfterAdd(blocks[k].Attention.Heads, () => points()?.Parts.Heads);
                if (blocks[k].CrossAttention is { } cross)
                {
                    AfterAdd(cross.Heads, () => points()?.Parts.CrossHeads);
                }
            }

            if (parts.HasFlag(RelevanceParts.Neurons) && blocks[k].Mlp is { } mlp)
            {
                TapNeurons(mlp, k, points);
            }

            if (parts.HasFlag(RelevanceParts.Experts) && blocks[k].Experts is { } experts)
            {
                TapExperts(experts, k, points);
            }
        }
    }

    public void Dispose()
    {
        _hooks.ForEach(hook => hook.Dispose());
        _hooks.Clear();
    }

    private void TapLatents(Stack stack, Func<StackPoints?> points)
    {
        // The first block of each pass; a block of several passes is called as often.
        foreach (var block in stack.Passes.Select(pass => pass[0]).Distinct())
        {
            Before(block, inputs => points()?.Latents.Add((Tensor)inputs[0]!));
        }

        if (stack.FinalNorm is { } norm)
        {
            Before(norm, inputs => points()?.Latents.Add((Tensor)inputs[0]!));
            return;
        }

        var last = stack.Passes.Last()[^1];
        var passes = stack.Passes.Count(pass => ReferenceEquals(pass[^1], last));
        After(
            last,
            output =>
            {
                if (points() is { } pass && ++pass.CallsOfLastBlock == passes)
                {
                    pass.Latents.Add(output);
                }

                return output;
            }
        );
    }

    private void TapNeurons(Mlp mlp, int block, Func<StackPoints?> points) =>
        Before(
            mlp.Down,
            inputs =>
            {
                if (points() is { } pass && inputs[0] is Tensor { requires_grad: true } neurons)
                {
                    pass.Parts.AddNeurons(block, neurons);
                }
            }
        );

    private void TapExperts(Mixture experts, int block, Func<StackPoints?> points) =>
        Before(
            experts.Sum,
            inputs =>
            {
                var outputs = (Tensor[])inputs[0]!;
                if (points() is { } pass && outputs[0].requires_grad)
                {
                    pass.Parts.AddExperts(block, experts.Count, (ExpertTokens)inputs[1]!, outputs);
                }
            }
        );

    private void Before(nn.Module module, Action<object?[]> seen) =>
        _hooks.Add(ModuleHooks.Attach(module, new Hook(seen, output => output)));

    private void After(nn.Module module, Func<Tensor, Tensor> seen) =>
        _hooks.Add(ModuleHooks.Attach(module, new Hook(_ => { }, seen)));

    private void AfterAdd(nn.Module module, Func<TappedTensors?> tensors) =>
        After(
            module,
            output =>
            {
                tensors()?.Add(output);
                return output;
            }
        );

    private sealed class Hook(Action<object?[]> before, Func<Tensor, Tensor> after) : IModuleInterceptor
    {
        public object?[] Before(nn.Module module, object?[] inputs)
        {
            before(inputs);
            return inputs;
        }

        public object? After(nn.Module module, object?[] inputs, object? output) => after((Tensor)output!);
    }
}
