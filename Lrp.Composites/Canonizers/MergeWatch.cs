using System.Runtime.CompilerServices;
using Lrp.Core;
using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// Sees to it that what followed a merged layer at the first call follows it in every call: a forward that branches on
/// its data may lead elsewhere, where the merged weights are wrong.
/// </summary>
internal sealed class MergeWatch : IModuleInterceptor, IDisposable
{
    private readonly Dictionary<nn.Module, MergePair> _ofLayer = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<nn.Module, string> _names = new(ReferenceEqualityComparer.Instance);
    private readonly ConditionalWeakTable<Tensor, nn.Module> _made = [];
    private readonly List<IDisposable> _hooks = [];

    public MergeWatch(nn.Module model, IReadOnlyList<MergePair> pairs)
    {
        foreach (var pair in pairs)
        {
            foreach (var layer in pair.Layers)
            {
                _ofLayer[layer] = pair;
            }
        }

        foreach (var (name, leaf) in ModuleTree.Leaves(model))
        {
            _names[leaf] = name;
            if (!ReferenceEquals(leaf, model) && ModuleHooks.CanAttach(leaf))
            {
                _hooks.Add(ModuleHooks.Attach(leaf, this));
            }
        }
    }

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        foreach (var tensor in inputs.SelectMany(TensorArguments.In))
        {
            if (
                _made.TryGetValue(tensor, out var layer)
                && _ofLayer[layer] is var pair
                && !ReferenceEquals(pair.Norm, module)
            )
            {
                throw new InvalidOperationException(
                    $"'{pair.NormName}' was merged into '{_names[layer]}', which it followed at the first call, and "
                        + $"now '{_names[module]}' follows it: the model's forward depends on its data, and the merged "
                        + $"weights are wrong there. Leave {nameof(MergeBatchNorm)} out, or name the pairs that always "
                        + $"follow each other with {nameof(NamedMergeBatchNorm)}."
                );
            }
        }

        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (_ofLayer.ContainsKey(module) && output is Tensor tensor)
        {
            _made.AddOrUpdate(tensor, module);
        }

        return output;
    }

    public void Dispose() => _hooks.ForEach(hook => hook.Dispose());
}
