using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// Runs a module apart from the graph around it, on inputs without history; a <see cref="RuleNode"/> joins the two.
/// </summary>
/// <param name="site">The module.</param>
/// <param name="ruleOfCall">Asked at every call, also where gradients are off; null for the plain gradient.</param>
/// <param name="joining">Is offered the calls.</param>
internal sealed class RelevanceInterceptor(RuleSite site, Func<BackwardRule?> ruleOfCall, ILayerJoining joining)
    : IModuleInterceptor
{
    private readonly OpenCalls<RuleNode> _calls = new(site);
    private readonly ThreadLocal<BackwardRule?> _last = new(); // the rule of this thread's last call

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        _calls.Begin();
        if (site.IsSuspended || ruleOfCall() is not { } rule || !is_grad_enabled())
        {
            return inputs;
        }

        if (RuleNode.Open(site, rule, inputs) is not { } node)
        {
            return RuleNode.Cut(inputs);
        }

        _last.Value = rule;
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
        RuleNode.Reopen(site, _last.Value!, original, detached).Close(output, joining);

    public object? After(nn.Module module, object?[] inputs, object? output) =>
        _calls.End(inputs) is { } node ? node.Close(output, joining) : output;
}
