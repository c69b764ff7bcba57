using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// Runs a module apart from the graph around it, on inputs without history; a <see cref="RuleNode"/> joins the two.
/// </summary>
internal sealed class RelevanceInterceptor(RuleSite site, BackwardRule rule, ILayerJoining joining) : IModuleInterceptor
{
    private readonly OpenCalls<RuleNode> _calls = new(site);

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        _calls.Begin();
        if (site.IsSuspended || !is_grad_enabled() || RuleNode.Open(site, rule, inputs) is not { } node)
        {
            return inputs;
        }

        _calls.Add(node.FirstInput, node);
        return node.ReplaceInputs(inputs);
    }

    /// <summary>
    /// Closes a call once more: its output was not complete, and is now.
    /// </summary>
    /// <param name="original">The input, with its history.</param>
    /// <param name="detached">What the module was given in its place the first time.</param>
    /// <param name="output">The whole output, computed from <paramref name="detached"/>.</param>
    public object? Repeat(Tensor original, Tensor detached, Tensor output) =>
        RuleNode.Reopen(site, rule, original, detached).Close(output, joining);

    public object? After(nn.Module module, object?[] inputs, object? output) =>
        _calls.End(inputs) is { } node ? node.Close(output, joining) : output;
}
