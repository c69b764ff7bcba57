using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>Watches the relevance at the output of a module that has no rule.</summary>
/// <remarks>
/// Relevance is measured also where it could go no further: the embedding of token ids has no input that takes
/// relevance, and no weight that requires a gradient while functions have rules.
/// </remarks>
/// <param name="site">The module.</param>
/// <param name="isRuled">Whether a rule acts in the call, which then tells the relevance itself.</param>
internal sealed class OutputWatch(RuleSite site, Func<bool> isRuled) : IModuleInterceptor
{
    public object?[] Before(nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (site.IsSuspended || !is_grad_enabled() || isRuled())
        {
            return output;
        }

        if (!TensorArguments.In(output).Any(tensor => tensor.requires_grad))
        {
            return InsertAtTheEnd(output);
        }

        var result = ProbeNode.Insert(site, output, Report);
        if (LibraryModules.Include(module) && !ReferenceEquals(result, output))
        {
            foreach (var tensor in TensorArguments.In(output).Where(tensor => tensor.requires_grad))
            {
                tensor.Dispose();
            }
        }

        return result;
    }

    private object? InsertAtTheEnd(object? output)
    {
        var ends = new List<Tensor>();
        var ending = TensorArguments.Replace(
            output,
            tensor =>
            {
                if (!tensor.is_floating_point() && !tensor.is_complex())
                {
                    return tensor;
                }

                ends.Add(tensor.detach().requires_grad_());
                return ends[^1];
            }
        );
        var result = ProbeNode.Insert(site, ending, Report);
        foreach (var tensor in ends)
        {
            tensor.Dispose();
        }

        return result;
    }

    private void Report(IReadOnlyList<Tensor?> relevance) => site.Report(relevance, []);
}
