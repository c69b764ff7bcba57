using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Audit;

/// <summary>Which modules' parameters the operators of a forward pass were given.</summary>
internal sealed class ParameterUse
{
    private readonly Dictionary<nint, List<nn.Module>> _owners = [];
    private readonly HashSet<nn.Module> _used = new(ReferenceEqualityComparer.Instance);

    /// <param name="modules">The modules of the model.</param>
    public ParameterUse(IEnumerable<nn.Module> modules)
    {
        foreach (var module in modules)
        {
            foreach (var (_, parameter) in module.named_parameters(false))
            {
                if (!parameter.IsInvalid)
                {
                    var storage = TensorState.Of(parameter).Storage;
                    if (!_owners.TryGetValue(storage, out var owners))
                    {
                        _owners[storage] = owners = [];
                    }

                    owners.Add(module);
                }
            }
        }
    }

    /// <summary>Whether an operator was given a parameter of the module.</summary>
    public bool IsUsed(nn.Module module) => _used.Contains(module);

    /// <summary>Notes the parameters among an operator's arguments.</summary>
    public void Note(OperatorCall call)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument is Tensor tensor && _owners.TryGetValue(TensorState.Of(tensor).Storage, out var owners))
            {
                _used.UnionWith(owners);
            }
        }
    }
}
