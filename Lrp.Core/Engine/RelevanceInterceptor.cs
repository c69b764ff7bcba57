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

    public object? After(nn.Module module, object?[] inputs, object? output) =>
        _calls.End(inputs) is { } node ? node.Close(output, joining) : output;
}
