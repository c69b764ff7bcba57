using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Core.Engine;

/// <summary>One call of a module whose backward is a rule.</summary>
internal sealed class RuleNode : RelevanceNode
{
    private readonly RuleSite site;
    private readonly BackwardRule rule;
    private readonly RuleNeeds needs;
    private readonly TensorShape[] inputShapes;
    private TensorShape[] outputShapes = [];

    /// <summary>Prepares the inputs of a call.</summary>
    /// <param name="site">Where the rule acts.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="originals">The tensors that take part, with their history.</param>
    public RuleNode(RuleSite site, BackwardRule rule, IReadOnlyList<Tensor> originals)
    {
        this.site = site;
        this.rule = rule;
        needs = rule.NeedsFor(site.Module);
        Originals = originals;
        inputShapes = [.. originals.Select(TensorShape.Of)];
        Inputs = [.. originals.Select(original => original.detach())];
        Handed = Inputs;
        if (needs.HasFlag(RuleNeeds.LocalGraph))
        {
            foreach (var input in Inputs)
            {
                input.requires_grad_();
            }
        }

        if (needs != RuleNeeds.Shapes && InPlace.Works(site.Module))
        {
            // The module may overwrite what it is handed; the values kept stay as they were.
            Handed = [.. Inputs.Select(input => input.clone())];
        }
    }

    /// <summary>The tensors of the graph below.</summary>
    public IReadOnlyList<Tensor> Originals { get; private set; }

    /// <summary>Copies of them without history, which the rule sees.</summary>
    public IReadOnlyList<Tensor> Inputs { get; private set; }

    /// <summary>What the module is given: the inputs, or clones of them.</summary>
    public IReadOnlyList<Tensor> Handed { get; private set; }

    /// <summary>Takes the module's outputs and keeps what the rule needs.</summary>
    public void Close(IReadOnlyList<Tensor> outputs)
    {
        outputShapes = [.. outputs.Select(TensorShape.Of)];
        var keepsOutputs = needs.HasFlag(RuleNeeds.Output);

        // Where something may overwrite the module's output later, the graph above gets a copy of what is kept.
        Faces = [.. outputs.Select(output =>
        {
            var face = output.detach();
            if (!keepsOutputs || !site.ModelWorksInPlace)
            {
                return face;
            }

            using (face)
            {
                return face.clone();
            }
        })];

        var saved = new List<Tensor>();
        if (needs.HasFlag(RuleNeeds.Input))
        {
            saved.AddRange(Inputs);
        }

        if (keepsOutputs)
        {
            saved.AddRange(needs.HasFlag(RuleNeeds.LocalGraph) ? outputs : outputs.Select(output => Temporary(output.detach())));
        }

        Save(saved);
    }

    /// <summary>Lets go of the forward pass's tensors; what backward needs is with autograd.</summary>
    public void Forget()
    {
        Originals = [];
        Inputs = [];
        Handed = [];
    }

    public override IReadOnlyList<Tensor?> Backward(AutogradContext context, IReadOnlyList<Tensor?> relevance)
    {
        try
        {
            using var grad = no_grad();
            using var scope = NewDisposeScope();
            var result = Propagate(context.get_saved_variables(), relevance);
            foreach (var tensor in result)
            {
                tensor.DetachFromDisposeScope();
            }

            return result;
        }
        catch (Exception exception)
        {
            site.Fault(Explained(exception));
            return [.. inputShapes.Select(shape => shape.Filled(double.NaN).DetachFromDisposeScope())];
        }
    }

    /// <summary>
    /// A call that a ReLU may be joined with, made of what this node is about to let go; null when the rule does not
    /// allow it.
    /// </summary>
    public RectifiableCall? Rectifiable(Tensor output)
    {
        if (!rule.ReadsOnlyRelevantOutputs
            || !needs.HasFlag(RuleNeeds.Output | RuleNeeds.Input)
            || Originals.Count != 1
            || site.ForwardPass is null
            || site.Module is not TorchSharp.torch.nn.Module<Tensor, Tensor>)
        {
            return null;
        }

        var kept = new List<Tensor> { Inputs[0].positive().DetachFromDisposeScope() };
        GradientGate? gate = null;
        if (needs.HasFlag(RuleNeeds.LocalGraph))
        {
            (gate, var end) = GradientGate.Behind(output);
            kept.Add(end.DetachFromDisposeScope());
        }

        return new RectifiableCall(site, rule, Originals[0].alias().DetachFromDisposeScope(), kept, gate);
    }

    private List<Tensor> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        var inputs = needs.HasFlag(RuleNeeds.Input) ? saved[..inputShapes.Length] : null;
        var outputs = needs.HasFlag(RuleNeeds.Output) ? saved[^outputShapes.Length..] : null;
        var call = new RelevanceCall(site, relevance, inputShapes, outputShapes, inputs, outputs);
        var result = Checked(rule.Propagate(call), inputShapes);
        site.Report(relevance, result);
        return result;
    }

    /// <summary>What a rule returned, with zeros for nothing, once its shapes are found to be right.</summary>
    internal static List<Tensor> Checked(IReadOnlyList<Tensor?> propagated, IReadOnlyList<TensorShape> inputShapes)
    {
        if (propagated.Count != inputShapes.Count)
        {
            throw new InvalidOperationException(
                $"the rule returned relevance for {propagated.Count} inputs, but {inputShapes.Count} take part");
        }

        var result = new List<Tensor>(propagated.Count);
        for (var i = 0; i < propagated.Count; i++)
        {
            var tensor = propagated[i] ?? inputShapes[i].Filled(0);
            if (!tensor.shape.AsSpan().SequenceEqual(inputShapes[i].Shape))
            {
                throw new InvalidOperationException(
                    $"the rule returned relevance of shape {TensorShape.Of(tensor)} for an input of shape {inputShapes[i]}");
            }

            result.Add(tensor);
        }

        return result;
    }

    /// <summary>A message for those exceptions of autograd whose own does not help.</summary>
    internal static Exception Explained(Exception exception)
    {
        if (exception.Message.Contains("modified by an inplace operation", StringComparison.Ordinal))
        {
            return new InvalidOperationException(
                "a value that the rule needs was overwritten after the module ran. Use the out-of-place form of the "
                + "operation that follows it, or give it as a module with its inplace property, which is provided for.",
                exception);
        }

        if (exception.Message.Contains("backward through the graph a second time", StringComparison.Ordinal))
        {
            return new InvalidOperationException(
                "backward() ran a second time over the same forward pass. Call the model again, or pass "
                + "retain_graph: true to the first backward().",
                exception);
        }

        return exception;
    }
}
