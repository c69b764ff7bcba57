using System.Runtime.CompilerServices;
using Lrp.Torch.NN;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Modules in a row, each called with what the one before returned. What is passed on between two of them is disposed
/// as soon as the second has returned.
/// </summary>
public class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly ModuleSequence _sequence = new();

    internal Sequential()
    {
    }

    protected Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules)
    {
        foreach (var (name, module) in modules) Add(name, module);
    }

    protected Sequential(params nn.Module<Tensor, Tensor>[] modules)
    {
        foreach (var module in modules) Add(module);
    }

    public int Count => _sequence.Count;

    [IndexerName("SequentialItems")]
    public nn.IModule<Tensor, Tensor> this[int index] => (nn.IModule<Tensor, Tensor>)_sequence[index];

    /// <summary>A part of the row, sharing its modules; an absent bound is the row's end.</summary>
    [IndexerName("SequentialItems")]
    public Sequential this[(int? start, int? end) index] => Slice(_sequence.Bounds(index));

    /// <summary>A part of the row, sharing its modules.</summary>
    [IndexerName("SequentialItems")]
    public Sequential this[Range index] => Slice(_sequence.Bounds(index));

    public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
    {
        Add(name, module);
        return this;
    }

    public Sequential append(nn.IModule<Tensor, Tensor> module)
    {
        Add(module);
        return this;
    }

    public override Tensor forward(Tensor tensor)
    {
        if (Count == 0) return tensor.alias();

        var current = this[0].call(tensor);
        for (var i = 1; i < Count; i++)
        {
            var next = this[i].call(current);
            current.Dispose();
            current = next;
        }

        return current;
    }

    public override IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) => _sequence.Parameters(recurse);

    public override IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_persistent = true) =>
        _sequence.Buffers(recurse, include_persistent);

    public override IEnumerable<(string name, nn.Module module)> named_children() => _sequence.Named;

    public override void train(bool on = true) => base.train(on);

    public override void eval()
    {
        base.eval();
        _sequence.ForEach(module => module.eval());
    }

    protected internal override nn.Module _to(ScalarType dtype, bool non_blocking)
    {
        _sequence.ForEach(module => module._to(dtype, non_blocking));
        return this;
    }

    protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking)
    {
        _sequence.ForEach(module => module._to(device, dtype, non_blocking));
        return this;
    }

    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        _sequence.ForEach(module => module._to(deviceType, deviceIndex, non_blocking));
        return this;
    }

    internal void Add(string name, nn.IModule<Tensor, Tensor> module) => _sequence.Add(name, (nn.Module)module);

    internal void Add(nn.IModule<Tensor, Tensor> module) => _sequence.Add((nn.Module)module);

    private Sequential Slice((int Start, int End) part)
    {
        var slice = new Sequential();
        for (var i = part.Start; i < part.End; i++) slice._sequence.Add(_sequence.Named[i].name, _sequence.Named[i].module);
        return slice;
    }
}
