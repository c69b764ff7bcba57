using System.Runtime.CompilerServices;
using Lrp.Core;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Core.Registrations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// One pass of a model that shows which batch normalisation is given the output of which linear layer, by the tensors
/// that the modules without children hand over.
/// </summary>
internal sealed class BatchNormPilot : IModuleInterceptor
{
    private readonly nn.Module _model;
    private readonly Dictionary<nn.Module, string> _names = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<BatchNorm, List<Given>> _norms = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<nn.Module, List<Made>> _layers = new(ReferenceEqualityComparer.Instance);
    private readonly ConditionalWeakTable<Tensor, Made> _made = [];
    private readonly List<(WeakReference<Tensor> Tensor, Made Made)> _ofLayers = [];

    private BatchNormPilot(nn.Module model)
    {
        _model = model;
        foreach (var (name, module) in ModuleTree.Walk(model))
        {
            _names[module] = name;
            if (module is BatchNorm norm)
            {
                _norms[norm] = [];
            }
        }
    }

    /// <summary>What the model returned; its tensors belong to the dispose scope around.</summary>
    public object? Output { get; private set; }

    /// <summary>Runs the model once.</summary>
    public static BatchNormPilot Of(FirstCall call)
    {
        var pilot = new BatchNormPilot(call.Model);
        var hooks = new List<IDisposable>();
        try
        {
            // The model itself is in a call, so that its hooks must not change; alone it has no pairs.
            foreach (var (_, leaf) in ModuleTree.Leaves(call.Model))
            {
                if (!ReferenceEquals(leaf, call.Model) && ModuleHooks.CanAttach(leaf))
                {
                    hooks.Add(ModuleHooks.Attach(leaf, pilot));
                }
            }

            pilot.Output = call.Run();
        }
        finally
        {
            hooks.ForEach(hook => hook.Dispose());
        }

        return pilot;
    }

    /// <summary>The batch normalisations that follow layers alone, each with these layers.</summary>
    /// <param name="left">Gets the others, each with the reason.</param>
    /// <exception cref="InvalidOperationException">
    /// A layer, or its weights, serve elsewhere too; the message names the modules.
    /// </exception>
    public IReadOnlyList<MergePair> Pairs(List<string> left)
    {
        var pairs = new List<MergePair>();
        foreach (var (norm, given) in _norms)
        {
            var layers = given.Select(call => call.Made?.Module).OfType<nn.Module>().Distinct().ToList();
            if (ReasonOf(norm, given) is { } reason)
            {
                left.Add($"'{_names[norm]}' ({reason})");
                continue;
            }

            var users = layers.SelectMany(layer => _layers[layer]).SelectMany(made => made.Users).ToList();
            foreach (var layer in layers)
            {
                MergedBatchNorms.ThrowIfUsedElsewhere(_model, layer, _names[norm], callsAreKnown: true);
            }

            if (users.Find(user => user is BatchNorm && !ReferenceEquals(user, norm)) is { } second)
            {
                throw new InvalidOperationException(
                    $"Batch normalisation '{_names[norm]}' cannot be merged: '{_names[layers[0]]}' is followed by it "
                        + $"and by '{_names[second]}', and the merged weights would change both. Leave the canonizer "
                        + $"out, or name the other pairs with {nameof(NamedMergeBatchNorm)}."
                );
            }

            if (users.Find(user => !ReferenceEquals(user, norm)) is { } other)
            {
                left.Add($"'{_names[norm]}' ('{_names[layers[0]]}' is used by '{_names[other]}' too)");
            }
            else if (layers.SelectMany(layer => _layers[layer]).Any(made => made.Users.Count == 0))
            {
                left.Add($"'{_names[norm]}' ('{_names[layers[0]]}' is used for something else too)");
            }
            else
            {
                pairs.Add(new MergePair(layers, norm, _names[norm], [.. layers.Select(layer => _names[layer])]));
            }
        }

        return pairs;
    }

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        foreach (var tensor in inputs.SelectMany(TensorArguments.In))
        {
            var made = MakerOf(tensor);
            made?.Users.Add(module);
            if (module is BatchNorm norm)
            {
                _norms[norm].Add(new Given(made, made?.Version == OperatorInterception.VersionOf(tensor)));
            }
        }

        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        foreach (var tensor in TensorArguments.In(output))
        {
            var made = new Made(module, OperatorInterception.VersionOf(tensor), tensor.dim());
            _made.AddOrUpdate(tensor, made);
            if (BatchNormMerge.Outputs(module) >= 0)
            {
                _ofLayers.Add((new WeakReference<Tensor>(tensor), made));
                if (!_layers.TryGetValue(module, out var all))
                {
                    _layers[module] = all = [];
                }

                all.Add(made);
            }
        }

        return output;
    }

    private string? ReasonOf(BatchNorm norm, List<Given> given)
    {
        if (given.Count == 0)
        {
            return "it was not called through call()";
        }

        foreach (var (made, isUnchanged) in given)
        {
            if (made is null)
            {
                return "its input is computed by a function, or by a module that is not called through call()";
            }

            if (BatchNormMerge.Outputs(made.Module) < 0)
            {
                return $"its input is the output of '{_names[made.Module]}', a {made.Module.GetType().Name}";
            }

            if (!isUnchanged)
            {
                return $"the output of '{_names[made.Module]}' is changed in place before";
            }

            // A linear layer's outputs are its last dimension, and a normalisation's channels are the second one.
            var dimensions = made.Module is Convolution convolution ? convolution.weight.dim() : 2;
            if (BatchNormMerge.Outputs(made.Module) != norm.num_features || made.Dimensions != dimensions)
            {
                return $"the outputs of '{_names[made.Module]}' are not its channels";
            }
        }

        return null;
    }

    /// <summary>The module that returned a tensor; null for what none returned.</summary>
    private Made? MakerOf(Tensor tensor)
    {
        if (_made.TryGetValue(tensor, out var made))
        {
            return made;
        }

        if (!OperatorInterception.IsAvailable)
        {
            return null;
        }

        // Other objects may stand for the same tensor, such as what contiguous() returns.
        var identity = OperatorInterception.IdentityOf(tensor);
        for (var k = _ofLayers.Count - 1; k >= 0; k--)
        {
            if (
                _ofLayers[k].Tensor.TryGetTarget(out var other)
                && !other.IsInvalid
                && OperatorInterception.IdentityOf(other) == identity
            )
            {
                return _ofLayers[k].Made;
            }
        }

        return null;
    }

    /// <summary>A tensor that a module returned.</summary>
    private sealed record Made(nn.Module Module, long? Version, long Dimensions)
    {
        public List<nn.Module> Users { get; } = [];
    }

    /// <summary>A tensor that a batch normalisation was given, and whether it is as its maker returned it.</summary>
    private sealed record Given(Made? Made, bool IsUnchanged);
}

/// <summary>A batch normalisation and the layers whose outputs it normalises.</summary>
internal sealed record MergePair(
    IReadOnlyList<nn.Module> Layers,
    BatchNorm Norm,
    string NormName,
    IReadOnlyList<string> LayerNames
)
{
    /// <summary>The names, for messages.</summary>
    public override string ToString() =>
        $"'{NormName}' with {string.Join(" and ", LayerNames.Select(name => $"'{name}'"))}";
}
