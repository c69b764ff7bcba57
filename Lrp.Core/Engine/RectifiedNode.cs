using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// A module with a rule and the ReLU behind it, which hands relevance on unchanged, as one node: the rule reads the
/// rectified output, as long as no relevance arrives where it is zero; else the module is run once more.
/// </summary>
internal sealed class RectifiedNode : RelevanceNode
{
    private readonly RuleSite rectifier;
    private readonly RuleSite site;
    private readonly BackwardRule rule;
    private readonly GradientGate? gate;
    private readonly TensorShape inputShape;
    private TensorShape? outputShape;
    private RectifiableCall? call;

    public RectifiedNode(RuleSite rectifier, RectifiableCall call, Tensor handed)
    {
        this.rectifier = rectifier;
        this.call = call;
        site = call.Site;
        rule = call.Rule;
        gate = call.Gate;
        inputShape = TensorShape.Of(call.Original);
        Handed = handed;
    }

    /// <summary>What the ReLU is given.</summary>
    public Tensor Handed { get; private set; }

    /// <summary>Takes the ReLU's output and joins the graphs below and above.</summary>
    /// <returns>The output, connected.</returns>
    public Tensor Close(Tensor output)
    {
        using var joined = call!;
        call = null;
        outputShape = TensorShape.Of(output);
        Faces = [output.detach()];
        Save([.. joined.Kept, Temporary(output.detach())]);
        var connected = RelevanceFunction.Connect([joined.Original], this)[0];
        Handed.Dispose();
        Handed = null!;
        return connected;
    }

    protected override IReadOnlyList<TensorShape?> InputShapes => [inputShape];

    protected override void Fault(Exception exception) => site.Fault(exception);

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        var input = saved[0];
        var output = saved[^1];
        var isRectified = IsOnlyWherePositive(relevance[0]!, output);
        if (!isRectified)
        {
            output = site.Rerun(input);
        }

        var rectified = new RelevanceCall(
            site,
            relevance,
            [inputShape],
            [outputShape!],
            [input],
            [output],
            gate is null ? null : vector => gate.Gradient(saved[1], input, vector))
        {
            OutputsAreRectified = isRectified,
        };
        var result = RuleNode.Checked(rule.Propagate(rectified), [inputShape]);
        site.ReportBehind(rectifier, relevance, result);
        return result;
    }

    /// <summary>Whether relevance is zero wherever an output is not positive.</summary>
    private static bool IsOnlyWherePositive(Tensor relevance, Tensor output)
    {
        using var kept = output.sign();
        kept.mul_(relevance);
        return kept.Equals(relevance);
    }
}
