using Lrp.Core;
using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Keeps the outputs of named modules during one pass.</summary>
internal sealed class LayerRecorder : IModuleInterceptor, IDisposable
{
    private readonly Dictionary<nn.Module, string> _names = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, Tensor> _outputs = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _hooks = [];

    public LayerRecorder(nn.Module model, IReadOnlyList<string> layers)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0)
        {
            throw new ArgumentException("No layers were given.");
        }

        var modules = ModuleTree.WalkAllNames(model);
        foreach (var layer in layers)
        {
            var module =
                modules.FirstOrDefault(entry => entry.Name == layer).Module
                ?? throw new ArgumentException(UnknownName.Message(layer, modules.Select(entry => entry.Name)));
            if (!_names.TryAdd(module, layer))
            {
                throw new ArgumentException($"'{layer}' and '{_names[module]}' are the same module; give only one.");
            }
        }

        try
        {
            foreach (var module in _names.Keys)
            {
                _hooks.Add(ModuleHooks.Attach(module, this));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The output of a layer in the last pass.</summary>
    public Tensor Output(string layer) =>
        _outputs.TryGetValue(layer, out var output)
            ? output
            : throw new InvalidOperationException(
                $"The module '{layer}' was not called in this pass. Either the model does not use it, or it calls "
                    + "its forward(), which runs no hooks."
            );

    public void Begin() => _outputs.Clear();

    public object?[] Before(nn.Module module, object?[] inputs) => inputs;

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        var name = _names[module];
        var tensor =
            LayerOutput.First(output)
            ?? throw new InvalidOperationException(
                $"The module '{name}' returned {output?.GetType().Name ?? "nothing"}, which contains no tensor."
            );

        // Copied, because the output may be changed in place later in the pass. If the module is called several times,
        // the last output is kept.
        _outputs[name] = tensor.detach().clone();
        return output;
    }

    public void Dispose()
    {
        foreach (var hook in _hooks)
        {
            hook.Dispose();
        }

        _hooks.Clear();
    }
}
