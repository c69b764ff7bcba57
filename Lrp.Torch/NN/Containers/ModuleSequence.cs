using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Torch.NN;

/// <summary>The named modules that a sequential container owns; its parameters and buffers are theirs.</summary>
internal sealed class ModuleSequence
{
    private readonly List<(string name, nn.Module module)> _modules = new();

    internal int Count => _modules.Count;

    internal nn.Module this[int index] => _modules[index].module;

    internal IReadOnlyList<(string name, nn.Module module)> Named => _modules;

    internal void Add(string name, nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        _modules.Add((name, module));
    }

    internal void Add(nn.Module module) => Add(Count.ToString(), module);

    internal IEnumerable<(string name, TorchSharp.Modules.Parameter parameter)> Parameters(bool recurse) =>
        recurse ? nn.Module.ParametersBelow(_modules, new()) : [];

    internal IEnumerable<(string name, Tensor buffer)> Buffers(bool recurse, bool includePersistent) =>
        recurse ? nn.Module.BuffersBelow(_modules, includePersistent, new()) : [];

    internal void ForEach(Action<nn.Module> action)
    {
        foreach (var (_, module) in _modules) action(module);
    }

    /// <summary>The bounds of a part: absent ones are the ends.</summary>
    internal (int Start, int End) Bounds((int? start, int? end) index) => Checked(index.start ?? 0, index.end ?? Count);

    /// <summary>The bounds of a range over the modules.</summary>
    internal (int Start, int End) Bounds(Range range) => Checked(range.Start.GetOffset(Count), range.End.GetOffset(Count));

    private (int Start, int End) Checked(int start, int end)
    {
        if (start < 0 || start > Count) throw new IndexOutOfRangeException($"{start} is not a valid index.");
        if (end < 0 || end > Count) throw new IndexOutOfRangeException($"{end} is not a valid index.");
        return (start, end);
    }
}
