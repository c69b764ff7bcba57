using System.Runtime.CompilerServices;
using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// The nodes of a module's calls that are under way, by the first tensor that the module is given, so that a call whose
/// forward threw leaves nothing behind.
/// </summary>
internal sealed class OpenCalls<TNode>(RuleSite site)
    where TNode : class
{
    private readonly ConditionalWeakTable<Tensor, TNode> _byInput = [];
    private readonly ThreadLocal<bool> _isOpen = new();

    /// <summary>A call begins; it has no node until <see cref="Add"/>.</summary>
    public void Begin() => _isOpen.Value = false;

    /// <summary>The call that began has a node.</summary>
    public void Add(Tensor input, TNode node)
    {
        _byInput.Add(input, node);
        _isOpen.Value = true;
    }

    /// <summary>A call ends.</summary>
    /// <param name="inputs">What the module was given.</param>
    /// <returns>Its node, or null for a call without one.</returns>
    /// <exception cref="InvalidOperationException">
    /// The module was given something else than the call began with.
    /// </exception>
    public TNode? End(object?[] inputs)
    {
        foreach (var tensor in inputs.SelectMany(TensorArguments.In))
        {
            if (_byInput.TryGetValue(tensor, out var node))
            {
                _byInput.Remove(tensor);
                _isOpen.Value = false;
                return node;
            }
        }

        if (!_isOpen.Value)
        {
            return null;
        }

        _isOpen.Value = false;
        throw new InvalidOperationException(
            $"The inputs of {site.Title} were replaced by a forward pre-hook that was registered after the composite, "
                + "so relevance could not reach what came before. "
                + "Register such hooks on the model before the composite."
        );
    }
}
