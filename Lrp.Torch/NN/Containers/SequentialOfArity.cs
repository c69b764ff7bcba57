using System.Runtime.CompilerServices;
using Lrp.Torch.NN;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A container of modules of any kinds whose own forward, written by who derives from it, takes one argument.</summary>
public abstract class Sequential<T, TResult> : nn.Module<T, TResult>
{
    private readonly ModuleSequence _sequence = new();

    protected Sequential(params (string name, nn.Module submodule)[] modules)
    {
        foreach (var (name, module) in modules) Add(name, module);
    }

    protected Sequential(params nn.Module[] modules)
    {
        foreach (var module in modules) Add(module);
    }

    public int Count => _sequence.Count;

    [IndexerName("SequentialItems")]
    public nn.Module this[int index] => _sequence[index];

    [IndexerName("SequentialItems")]
    public Sequential<T, TResult> this[(int? start, int? end) index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    [IndexerName("SequentialItems")]
    public Sequential<T, TResult> this[Range index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    public Sequential<T, TResult> append(string name, nn.Module module)
    {
        Add(name, module);
        return this;
    }

    public Sequential<T, TResult> append(nn.Module module)
    {
        Add(module);
        return this;
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

    protected internal void Add(string name, nn.Module sm) => _sequence.Add(name, sm);

    protected internal void Add(nn.Module module) => _sequence.Add(module);

    /// <summary>A part of the row; a type that has parts overrides this.</summary>
    protected virtual Sequential<T, TResult> Slice(int start, int end) =>
        throw new NotImplementedException($"{GetType().Name} does not override Slice, so it has no parts.");
}

/// <summary>A container of modules of any kinds whose own forward, written by who derives from it, takes two arguments.</summary>
public abstract class Sequential<T1, T2, TResult> : nn.Module<T1, T2, TResult>
{
    private readonly ModuleSequence _sequence = new();

    protected Sequential(params (string name, nn.Module submodule)[] modules)
    {
        foreach (var (name, module) in modules) Add(name, module);
    }

    protected Sequential(params nn.Module[] modules)
    {
        foreach (var module in modules) Add(module);
    }

    public int Count => _sequence.Count;

    [IndexerName("SequentialItems")]
    public nn.Module this[int index] => _sequence[index];

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, TResult> this[(int? start, int? end) index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, TResult> this[Range index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    public Sequential<T1, T2, TResult> append(string name, nn.Module module)
    {
        Add(name, module);
        return this;
    }

    public Sequential<T1, T2, TResult> append(nn.Module module)
    {
        Add(module);
        return this;
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

    protected internal void Add(string name, nn.Module sm) => _sequence.Add(name, sm);

    protected internal void Add(nn.Module module) => _sequence.Add(module);

    /// <summary>A part of the row; a type that has parts overrides this.</summary>
    protected virtual Sequential<T1, T2, TResult> Slice(int start, int end) =>
        throw new NotImplementedException($"{GetType().Name} does not override Slice, so it has no parts.");
}

/// <summary>A container of modules of any kinds whose own forward, written by who derives from it, takes three arguments.</summary>
public abstract class Sequential<T1, T2, T3, TResult> : nn.Module<T1, T2, T3, TResult>
{
    private readonly ModuleSequence _sequence = new();

    protected Sequential(params (string name, nn.Module submodule)[] modules)
    {
        foreach (var (name, module) in modules) Add(name, module);
    }

    protected Sequential(params nn.Module[] modules)
    {
        foreach (var module in modules) Add(module);
    }

    public int Count => _sequence.Count;

    [IndexerName("SequentialItems")]
    public nn.Module this[int index] => _sequence[index];

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, T3, TResult> this[(int? start, int? end) index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, T3, TResult> this[Range index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    public Sequential<T1, T2, T3, TResult> append(string name, nn.Module module)
    {
        Add(name, module);
        return this;
    }

    public Sequential<T1, T2, T3, TResult> append(nn.Module module)
    {
        Add(module);
        return this;
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

    protected internal void Add(string name, nn.Module sm) => _sequence.Add(name, sm);

    protected internal void Add(nn.Module module) => _sequence.Add(module);

    /// <summary>A part of the row; a type that has parts overrides this.</summary>
    protected virtual Sequential<T1, T2, T3, TResult> Slice(int start, int end) =>
        throw new NotImplementedException($"{GetType().Name} does not override Slice, so it has no parts.");
}

/// <summary>A container of modules of any kinds whose own forward, written by who derives from it, takes four arguments.</summary>
public abstract class Sequential<T1, T2, T3, T4, TResult> : nn.Module<T1, T2, T3, T4, TResult>
{
    private readonly ModuleSequence _sequence = new();

    protected Sequential(params (string name, nn.Module submodule)[] modules)
    {
        foreach (var (name, module) in modules) Add(name, module);
    }

    protected Sequential(params nn.Module[] modules)
    {
        foreach (var module in modules) Add(module);
    }

    public int Count => _sequence.Count;

    [IndexerName("SequentialItems")]
    public nn.Module this[int index] => _sequence[index];

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, T3, T4, TResult> this[(int? start, int? end) index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, T3, T4, TResult> this[Range index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    public Sequential<T1, T2, T3, T4, TResult> append(string name, nn.Module module)
    {
        Add(name, module);
        return this;
    }

    public Sequential<T1, T2, T3, T4, TResult> append(nn.Module module)
    {
        Add(module);
        return this;
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

    protected internal void Add(string name, nn.Module sm) => _sequence.Add(name, sm);

    protected internal void Add(nn.Module module) => _sequence.Add(module);

    /// <summary>A part of the row; a type that has parts overrides this.</summary>
    protected virtual Sequential<T1, T2, T3, T4, TResult> Slice(int start, int end) =>
        throw new NotImplementedException($"{GetType().Name} does not override Slice, so it has no parts.");
}

/// <summary>A container of modules of any kinds whose own forward, written by who derives from it, takes five arguments.</summary>
public abstract class Sequential<T1, T2, T3, T4, T5, TResult> : nn.Module<T1, T2, T3, T4, T5, TResult>
{
    private readonly ModuleSequence _sequence = new();

    protected Sequential(params (string name, nn.Module submodule)[] modules)
    {
        foreach (var (name, module) in modules) Add(name, module);
    }

    protected Sequential(params nn.Module[] modules)
    {
        foreach (var module in modules) Add(module);
    }

    public int Count => _sequence.Count;

    [IndexerName("SequentialItems")]
    public nn.Module this[int index] => _sequence[index];

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, T3, T4, T5, TResult> this[(int? start, int? end) index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, T3, T4, T5, TResult> this[Range index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    public Sequential<T1, T2, T3, T4, T5, TResult> append(string name, nn.Module module)
    {
        Add(name, module);
        return this;
    }

    public Sequential<T1, T2, T3, T4, T5, TResult> append(nn.Module module)
    {
        Add(module);
        return this;
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

    protected internal void Add(string name, nn.Module sm) => _sequence.Add(name, sm);

    protected internal void Add(nn.Module module) => _sequence.Add(module);

    /// <summary>A part of the row; a type that has parts overrides this.</summary>
    protected virtual Sequential<T1, T2, T3, T4, T5, TResult> Slice(int start, int end) =>
        throw new NotImplementedException($"{GetType().Name} does not override Slice, so it has no parts.");
}

/// <summary>A container of modules of any kinds whose own forward, written by who derives from it, takes six arguments.</summary>
public abstract class Sequential<T1, T2, T3, T4, T5, T6, TResult> : nn.Module<T1, T2, T3, T4, T5, T6, TResult>
{
    private readonly ModuleSequence _sequence = new();

    protected Sequential(params (string name, nn.Module submodule)[] modules)
    {
        foreach (var (name, module) in modules) Add(name, module);
    }

    protected Sequential(params nn.Module[] modules)
    {
        foreach (var module in modules) Add(module);
    }

    public int Count => _sequence.Count;

    [IndexerName("SequentialItems")]
    public nn.Module this[int index] => _sequence[index];

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, T3, T4, T5, T6, TResult> this[(int? start, int? end) index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    [IndexerName("SequentialItems")]
    public Sequential<T1, T2, T3, T4, T5, T6, TResult> this[Range index]
    {
        get
        {
            var (start, end) = _sequence.Bounds(index);
            return Slice(start, end);
        }
    }

    public Sequential<T1, T2, T3, T4, T5, T6, TResult> append(string name, nn.Module module)
    {
        Add(name, module);
        return this;
    }

    public Sequential<T1, T2, T3, T4, T5, T6, TResult> append(nn.Module module)
    {
        Add(module);
        return this;
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

    protected internal void Add(string name, nn.Module sm) => _sequence.Add(name, sm);

    protected internal void Add(nn.Module module) => _sequence.Add(module);

    /// <summary>A part of the row; a type that has parts overrides this.</summary>
    protected virtual Sequential<T1, T2, T3, T4, T5, T6, TResult> Slice(int start, int end) =>
        throw new NotImplementedException($"{GetType().Name} does not override Slice, so it has no parts.");
}
