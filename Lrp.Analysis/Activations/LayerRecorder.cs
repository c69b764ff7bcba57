using Lrp.Core;
using Lrp.Core.Hooks;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Keeps what named modules return in one pass.</summary>
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
            throw new ArgumentException("No layers are named whose outputs are wanted.");
        }

        IReadOnlyList<(string Name, nn.Module Module)> modules = ModuleTree.WalkAllNames(model);
        foreach (string layer in layers)
        {
            nn.Module module = modules.FirstOrDefault(entry => entry.Name == layer).Module
                ?? throw new ArgumentException(UnknownName.Message(layer, modules.Select(entry => entry.Name)));
            if (!_names.TryAdd(module, layer))
            {
                throw new ArgumentException($"'{layer}' and '{_names[module]}' are the same module; name it once.");
            }
        }

        try
        {
            foreach (nn.Module module in _names.Keys)
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
    public Tensor Output(string layer) => _outputs.TryGetValue(layer, out Tensor? output)
        ? output
        : throw new InvalidOperationException($"The module '{layer}' was not called in this pass: its model calls it by forward(), which runs no hooks, or not at all.");

    public void Begin() => _outputs.Clear();

    public object?[] Before(nn.Module module, object?[] inputs) => inputs;

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        string name = _names[module];
        Tensor tensor = LayerOutput.First(output)
            ?? throw new InvalidOperationException($"The module '{name}' returned {output?.GetType().Name ?? "nothing"}, in which there is no tensor.");

        // The module may be called again, or its output changed in place, before the pass is over. The last call counts.
        _outputs[name] = tensor.detach().clone();
        return output;
    }

    public void Dispose()
    {
        foreach (IDisposable hook in _hooks)
        {
            hook.Dispose();
        }

        _hooks.Clear();
    }
}
