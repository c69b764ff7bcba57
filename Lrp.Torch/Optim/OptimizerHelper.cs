using Lrp.Torch.Serialization;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>What the optimizers have in common: state of each parameter, and its storage.</summary>
public abstract class OptimizerHelper : Optimizer
{
    protected OptimizerOptions _defaults = null!;
    protected OrderedDict<IntPtr, OptimizerState> _state = new();

    public OptimizerHelper()
        : base(IntPtr.Zero)
    {
    }

    public override void zero_grad() => base.zero_grad();

    public override IEnumerable<Parameter> parameters() => base.parameters();

    public override void add_param_group(ParamGroup param_group) => _parameter_groups.Add(param_group);

    /// <summary>Moves the state of all parameters.</summary>
    public void to(Device device)
    {
        foreach (var (_, state) in _state) state.to(device);
    }

    /// <summary>The options and the state; the objects are the optimizer's own, not copies.</summary>
    public virtual StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        foreach (var group in _parameter_groups)
        {
            dictionary.Options.Add(group.Options);
            var positions = new List<int>();
            dictionary.StateIndexRef.Add(positions);
            foreach (var parameter in group.Parameters)
            {
                positions.Add(dictionary.State.Count);
                dictionary.State.Add(StateOf<OptimizerState>(parameter));
            }
        }

        return dictionary;
    }

    /// <summary>Takes over the options and the state of another optimizer of the same kind.</summary>
    /// <exception cref="ArgumentException">The other has another number of groups or parameters.</exception>
    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var own = this.state_dict();
        RequireSameCounts(own, state_dict.Options.Count, state_dict.State.Count);
        for (var i = 0; i < own.Options.Count; i++)
        {
            if (own.Options[i] != state_dict.Options[i]) own.Options[i].LoadStateDict(state_dict.Options[i]);
        }

        for (var i = 0; i < own.State.Count; i++)
        {
            if (own.State[i] != state_dict.State[i]) own.State[i].LoadStateDict(state_dict.State[i]);
        }
    }

    public void save_state_dict(string location)
    {
        using var writer = new BinaryWriter(File.Create(location));
        save_state_dict(writer);
    }

    public void load_state_dict(string location)
    {
        using var reader = new BinaryReader(File.OpenRead(location));
        load_state_dict(reader);
    }

    /// <summary>Writes, in TorchSharp's format: the optimizer's name, how many options and states there are, then each.</summary>
    public void save_state_dict(BinaryWriter writer)
    {
        writer.Write(GetType().Name);
        var dictionary = state_dict();
        writer.WriteLeb128(dictionary.Options.Count);
        writer.WriteLeb128(dictionary.State.Count);
        foreach (var options in dictionary.Options) options.SaveStateDict(writer);
        foreach (var state in dictionary.State) state.SaveStateDict(writer);
    }

    /// <exception cref="InvalidDataException">What was stored is another kind of optimizer.</exception>
    /// <exception cref="ArgumentException">The stored optimizer has another number of groups or parameters.</exception>
    public void load_state_dict(BinaryReader reader)
    {
        var stored = reader.ReadString();
        if (stored != GetType().Name)
            throw new InvalidDataException($"Mismatched optimizer type: expected '{GetType().Name}', but found '{stored}' in the loaded stream.");

        var own = state_dict();
        RequireSameCounts(own, reader.ReadLeb128(), reader.ReadLeb128());
        foreach (var options in own.Options) options.LoadStateDict(reader);
        foreach (var state in own.State) state.LoadStateDict(reader);
    }

    /// <summary>Calls the closure, recording, and then <paramref name="body"/> with each group, not recording and in a dispose scope.</summary>
    protected Tensor _step<T>(Action<T> body, Func<Tensor>? loss_closure = null)
        where T : ParamGroup
    {
        Tensor? loss = null;
        if (loss_closure is not null)
        {
            using var recording = enable_grad();
            loss = loss_closure();
        }

        using (no_grad())
        using (NewDisposeScope())
        {
            foreach (var group in _parameter_groups) body((T)group);
        }

        return loss!;
    }

    internal TState StateOf<TState>(Parameter parameter)
        where TState : OptimizerState => (TState)_state[parameter.Handle];

    /// <summary>The parameters of a group that have a gradient, with it and their state.</summary>
    internal IEnumerable<(Parameter Parameter, Tensor Gradient, TState State)> WithGradients<TState>(ParamGroup group)
        where TState : OptimizerState
    {
        foreach (var parameter in group.Parameters)
        {
            if (parameter.grad is { } gradient) yield return (parameter, gradient, StateOf<TState>(parameter));
        }
    }

    /// <summary>Adds a group, the optimizer's options in place of those it lacks, with fresh state for its parameters.</summary>
    internal void AddGroup(ParamGroup group, OptimizerOptions none, Func<Parameter, OptimizerState> stateOf)
    {
        group.Options ??= none;
        group.Options.Complete(_defaults);
        group.Options.InitialLearningRate = group.Options.LearningRate!.Value;
        group.Parameters = group.Parameters.ToList();
        _parameter_groups.Add(group);
        foreach (var parameter in group.Parameters)
        {
            var state = stateOf(parameter);
            _state[parameter.Handle] = state;
            state.Initialize(group.Options);
        }
    }

    internal void DisposeStates()
    {
        foreach (var (_, state) in _state) (state as IDisposable)?.Dispose();
        _state.Clear();
    }

    private static void RequireSameCounts(StateDictionary own, long options, long states)
    {
        if (options != own.Options.Count)
            throw new ArgumentException($"Invalid optimizer state -- different number of parameter groups: {own.Options.Count} here, {options} stored.");
        if (states != own.State.Count)
            throw new ArgumentException($"Invalid optimizer state -- different number of states: {own.State.Count} here, {states} stored.");
    }
}
