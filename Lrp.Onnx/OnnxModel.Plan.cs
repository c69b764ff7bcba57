using Lrp.Onnx.Modules;
using static TorchSharp.torch;

namespace Lrp.Onnx;

/// <content>Which part runs when, and where its values are kept.</content>
public sealed partial class OnnxModel
{
    private void Register(string name, nn.Module module)
    {
        nn.Module parent = this;
        var path = name.Split('.');
        foreach (var segment in path[..^1])
        {
            if (parent.named_children().FirstOrDefault(child => child.name == segment).module is not { } scope)
            {
                parent.register_module(segment, scope = new Scope(segment));
            }

            parent = scope;
        }

        parent.register_module(path[^1], module);
    }

    private int Slot(string name) => _slots.TryGetValue(name, out var slot) ? slot : _slots[name] = _slots.Count;

    private void Hold(string name, Tensor value)
    {
        // Shapes and the like stay in the processor's memory, wherever the model is.
        var kept = value.DetachFromDisposeScope();
        if (!value.is_floating_point() && value.numel() <= MostOnTheSide)
        {
            _numbers.Add((Slot(name), kept));
            return;
        }

        var buffer = $"constant{_buffers.Count}";
        register_buffer(buffer, kept);
        _buffers.Add((Slot(name), buffer));
    }

    private void Plan()
    {
        var kept = InputNames.Concat(OutputNames).Concat(_program.Constants.Keys).ToHashSet(StringComparer.Ordinal);
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var k = 0; k < _program.Parts.Count; k++)
        {
            foreach (
                var value in _program
                    .Parts[k]
                    .Inputs.Concat(_program.Parts[k].Outputs)
                    .Where(value => !kept.Contains(value))
            )
            {
                last[value] = k;
            }
        }

        var ending = last.Where(entry => entry.Key.Length > 0).ToLookup(entry => entry.Value, entry => entry.Key);
        for (var k = 0; k < _program.Parts.Count; k++)
        {
            var part = _program.Parts[k];
            _steps.Add((part, Slots(part.Inputs), Slots(part.Outputs), Slots(ending[k])));
        }
    }

    private int[] Slots(IEnumerable<string> names) => [.. names.Select(name => name.Length == 0 ? -1 : Slot(name))];
}
