using static TorchSharp.torch;

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

    protected override IReadOnlyList<TensorShape?> InputShapes => inputShapes;

    protected override void Fault(Exception exception) => site.Fault(exception);

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
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
}
