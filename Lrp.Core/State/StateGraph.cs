using System.Collections;
using System.Runtime.CompilerServices;
using Lrp.Core.Hooks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.State;

/// <summary>
/// The tensors that a model holds beside its parameters, and what holds them: fields and buffers of its modules, and
/// lists, dictionaries, tuples and objects of a user's own classes in these.
/// </summary>
/// <remarks>
/// Left out are the parameters, whatever objects of .NET, of TorchSharp and of native code keep inside, static fields,
/// and what the model is only given with a call.
/// </remarks>
internal sealed class StateGraph
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<StateContainer> _containers = [];
    private readonly List<Tensor> _tensors = [];
    private readonly List<nn.Module> _modules = [];
    private readonly Stack<object> _pending = new();

    /// <summary>Walks through a model.</summary>
    public StateGraph(nn.Module model)
    {
        foreach (var (_, module) in ModuleTree.Walk(model))
        {
            Visit(module);
        }

        while (_pending.TryPop(out var found))
        {
            LookInto(found);
        }
    }

    /// <summary>What holds the tensors.</summary>
    public IReadOnlyList<StateContainer> Containers => _containers;

    /// <summary>The tensors, each once.</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors;

    /// <summary>The modules, those that are in a field only and no child of another among them.</summary>
    public IReadOnlyList<nn.Module> Modules => _modules;

    /// <summary>
    /// A value with its tensors replaced, bare or in tuples and structs; what a container of its own holds stays.
    /// </summary>
    public static object? Map(object? value, Func<Tensor, Tensor> map)
    {
        switch (value)
        {
            case Tensor tensor:
                return map(tensor);
            case null or not ValueType:
                return value;
            case ITuple { Length: <= 7 } tuple:
                var items = Enumerable.Range(0, tuple.Length).Select(i => Map(tuple[i], map)).ToArray();
                return Activator.CreateInstance(value.GetType(), items);
            default:
                var fields = StateFields.Of(value.GetType()).Holding;
                var copy = fields.Length == 0 ? value : TensorFields.Clone(value);
                foreach (var field in fields)
                {
                    field.SetValue(copy, Map(field.GetValue(value), map));
                }

                return copy;
        }
    }

    private void Visit(object? value)
    {
        switch (value)
        {
            case Parameter or null or string:
                return;
            case Tensor tensor:
                if (!tensor.IsInvalid && _seen.Add(tensor))
                {
                    _tensors.Add(tensor);
                }

                return;
            case ITuple tuple:
                Enumerable.Range(0, tuple.Length).ToList().ForEach(i => Visit(tuple[i]));
                return;
            case ValueType:
                foreach (var field in StateFields.Of(value.GetType()).Holding)
                {
                    Visit(field.GetValue(value));
                }

                return;
        }

        if (CanHoldTensors(value) && _seen.Add(value))
        {
            _pending.Push(value);
        }
    }

    private void LookInto(object value)
    {
        if (value is nn.Module module)
        {
            VisitModule(module);
        }

        foreach (var container in StateContainer.Of(value))
        {
            _containers.Add(container);
            foreach (var item in container.Read())
            {
                Visit(item);
            }
        }
    }

    /// <summary>
    /// A module that is in a field only, and no child, is a part of the model too. A module of TorchSharp changes its
    /// buffers in training mode only.
    /// </summary>
    private void VisitModule(nn.Module module)
    {
        _modules.Add(module);
        if (!LibraryModules.Include(module) || module.training)
        {
            foreach (var (_, buffer) in module.named_buffers(recurse: false))
            {
                Visit(buffer);
            }
        }

        foreach (var (_, child) in module.named_children())
        {
            Visit(child);
        }
    }

    /// <summary>Collections of numbers and texts are not looked through: a vocabulary may have many entries.</summary>
    private static bool CanHoldTensors(object value)
    {
        var type = value.GetType();
        if (value is not IEnumerable || value is nn.Module || (!type.IsArray && TensorFields.IsOwn(type)))
        {
            return true;
        }

        if (type.IsArray)
        {
            return TensorFields.MayHold(type.GetElementType()!) || IsModule(type.GetElementType()!);
        }

        var arguments = type.GetInterfaces()
            .Where(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .Select(face => face.GetGenericArguments()[0])
            .ToList();
        return arguments.Count == 0 || arguments.Exists(CanElementHold);
    }

    private static bool CanElementHold(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
            ? type.GetGenericArguments().Any(CanElementHold)
            : TensorFields.MayHold(type) || IsModule(type);

    private static bool IsModule(Type type) => typeof(nn.Module).IsAssignableFrom(type);
}
