using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// One call of a module whose backward is a rule. Its life: <see cref="Open"/> before the module runs,
/// <see cref="Close"/> after it has run, <see cref="RelevanceNode.Backward"/> when relevance arrives.
/// </summary>
internal sealed class RuleNode : RelevanceNode
{
    private readonly RuleSite _site;
    private readonly BackwardRule _rule;
    private readonly RuleNeeds _needs;
    private readonly TensorShape[] _inputShapes;
    private readonly int[] _inputPositions;
    private readonly int _argumentCount;
    private TensorShape[] _outputShapes = [];
    private object?[]? _argumentForm; // the arguments as they were given, with placeholders for their tensors

    // The tensors of the forward pass; given up when the node is closed.
    private IReadOnlyList<Tensor> _originals;
    private IReadOnlyList<Tensor> _constants;
    private IReadOnlyList<Tensor> _detachedInputs;
    private IReadOnlyList<Tensor> _moduleInputs;

    private RuleNode(RuleSite site, BackwardRule rule, List<Tensor> arguments, Tensor? detached = null)
    {
        _site = site;
        _rule = rule;
        _needs = rule.NeedsFor(site.Module);
        _argumentCount = arguments.Count;
        _inputPositions = [.. Enumerable.Range(0, arguments.Count).Where(k => Takes(site, rule, arguments, k))];
        _constants =
        [
            .. arguments
                .Where((_, k) => !_inputPositions.Contains(k))
                .Select(argument => argument.requires_grad ? argument.detach() : argument),
        ];
        var originals = _originals = [.. _inputPositions.Select(position => arguments[position])];
        _inputShapes = [.. originals.Select(TensorShape.Of)];
        _detachedInputs = detached is null ? [.. originals.Select(original => original.detach())] : [detached];
        _moduleInputs = _detachedInputs;
        if (detached is not null)
        {
            return;
        }

        if (_needs.HasFlag(RuleNeeds.LocalGraph))
        {
            GraphLife.Current = GraphLife.Within(Life); // until the node is closed; a rule may go through it twice
            foreach (var input in _detachedInputs)
            {
                input.requires_grad_();
            }
        }

        if (_needs != RuleNeeds.Shapes && InPlace.Works(site.Module))
        {
            // The module may overwrite what it is given; the values kept stay as they were.
            _moduleInputs = [.. _detachedInputs.Select(input => input.clone())];
        }
    }

    /// <summary>The first tensor that the module is given in place of the caller's.</summary>
    public Tensor FirstInput => _moduleInputs[0];

    protected override IReadOnlyList<TensorShape?> InputShapes => _inputShapes;

    /// <summary>A module is about to run: a node for the call, or null where no input takes part in a graph.</summary>
    public static RuleNode? Open(RuleSite site, BackwardRule rule, object?[] inputs)
    {
        var arguments = inputs.SelectMany(TensorArguments.In).ToList();
        if (!Enumerable.Range(0, arguments.Count).Any(k => Takes(site, rule, arguments, k)))
        {
            return null;
        }

        var node = new RuleNode(site, rule, arguments);
        if (node._needs.HasFlag(RuleNeeds.Arguments))
        {
            node._argumentForm = RecomputedCall.FormOf(inputs);
        }

        return node;
    }

    /// <summary>The arguments of a call in which no input takes relevance, cut off from what is below.</summary>
    public static object?[] Cut(object?[] inputs) =>
        TensorArguments.Replace(inputs, tensor => tensor.requires_grad ? tensor.detach() : tensor);

    /// <summary>A node for a call whose input without history was in use before.</summary>
    public static RuleNode Reopen(RuleSite site, BackwardRule rule, Tensor original, Tensor detached) =>
        new(site, rule, [original], detached);

    /// <summary>The module's arguments, with tensors that have no history.</summary>
    public object?[] ReplaceInputs(object?[] inputs)
    {
        var (place, input, constant) = (0, 0, 0);
        return TensorArguments.Replace(
            inputs,
            _ => _inputPositions.Contains(place++) ? _moduleInputs[input++] : _constants[constant++]
        );
    }

    /// <summary>
    /// The module has run: keeps what the rule needs, joins the graphs below and above, and frees the rest.
    /// </summary>
    /// <param name="output">What the module returned.</param>
    /// <param name="joining">Is offered the call.</param>
    /// <returns>The same with tensors that are connected to the graph below.</returns>
    public object? Close(object? output, ILayerJoining joining)
    {
        GraphLife.Current = Life;
        var outputs = TensorArguments.In(output).Where(IsDifferentiable).ToList();
        if (outputs.Count == 0)
        {
            return output;
        }

        KeepForBackward(outputs);
        var connected = Connect(_originals);
        var next = 0;
        var result = TensorArguments.Replace(output, tensor => IsDifferentiable(tensor) ? connected[next++] : tensor);
        if (outputs.Count == 1 && _originals.Count == 1)
        {
            joining.Offer(new LayerCall(_site, _rule, _originals[0], _detachedInputs[0], outputs[0], connected[0]));
        }

        if (LibraryModules.Include(_site.Module))
        {
            foreach (var tensor in outputs.Concat(_moduleInputs).Concat(_detachedInputs))
            {
                tensor.Dispose();
            }
        }

        _originals = _constants = _detachedInputs = _moduleInputs = [];
        return result;
    }

    protected override void Fault(Exception exception) => _site.Fault(exception, Life);

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        var inputs = _needs.HasFlag(RuleNeeds.Input) ? saved[.._inputShapes.Length] : null;
        var outputs = _needs.HasFlag(RuleNeeds.Output) ? saved[^_outputShapes.Length..] : null;
        var relevanceCall = new RelevanceCall(_site, relevance, _inputShapes, _outputShapes, inputs, outputs)
        {
            GivenArguments = _needs.HasFlag(RuleNeeds.Arguments) ? Arguments(saved) : null,
            InputPositions = _inputPositions,
            Recomputation = _argumentForm is { } form ? call => RecomputedCall.Run(form, call, Life) : null,
        };
        var result = PropagatedRelevance.Check(_rule.Propagate(relevanceCall), _inputShapes);
        for (var i = 0; i < result.Length; i++)
        {
            result[i] ??= _inputShapes[i].Filled(0);
        }

        _site.Report(relevance, result);
        return result;
    }

    private static bool Takes(RuleSite site, BackwardRule rule, List<Tensor> arguments, int k) =>
        arguments[k].requires_grad && rule.TakesRelevance(site.Module, k);

    private static bool IsDifferentiable(Tensor tensor) => tensor.is_floating_point() || tensor.is_complex();

    /// <summary>The saved tensors begin with the inputs and the other arguments; this is their common order.</summary>
    private Tensor[] Arguments(List<Tensor> saved)
    {
        var arguments = new Tensor[_argumentCount];
        var constants = _inputShapes.Length;
        for (var (k, inputs) = (0, 0); k < arguments.Length; k++)
        {
            var isInput = inputs < _inputPositions.Length && _inputPositions[inputs] == k;
            arguments[k] = isInput ? saved[inputs++] : saved[constants++];
        }

        return arguments;
    }

    private void KeepForBackward(IReadOnlyList<Tensor> outputs)
    {
        _outputShapes = [.. outputs.Select(TensorShape.Of)];
        var keepsOutputs = _needs.HasFlag(RuleNeeds.Output);

        // Where something may overwrite the module's output later, the graph above gets a copy of what is kept.
        Outputs = [.. outputs.Select(output => Detached(output, copied: keepsOutputs && _site.ModelWorksInPlace))];
        var saved = new List<Tensor>();
        if (_needs.HasFlag(RuleNeeds.Input))
        {
            saved.AddRange(_detachedInputs);
        }

        if (_needs.HasFlag(RuleNeeds.Arguments))
        {
            saved.AddRange(_constants);
        }

        // Not read again, but autograd checks that they are not changed until then.
        if (_rule.ReadsParameters(_site.Module))
        {
            saved.AddRange(_site.Module.parameters(false));
        }

        if (keepsOutputs)
        {
            saved.AddRange(
                _needs.HasFlag(RuleNeeds.LocalGraph) ? outputs : outputs.Select(output => Temporary(output.detach()))
            );
        }

        Save(saved);
    }

    private static Tensor Detached(Tensor output, bool copied)
    {
        var detached = output.detach();
        if (!copied)
        {
            return detached;
        }

        using (detached)
        {
            return detached.clone();
        }
    }
}
