using Lrp.Core.Engine;
using static TorchSharp.torch;

namespace Lrp.Core.Joining;

/// <summary>
/// A layer with a rule and the ReLU behind it, which passes relevance on unchanged, as one node: the rule reads the
/// rectified output, as long as no relevance arrives where it is zero; otherwise the layer is run once more.
/// </summary>
internal sealed class RectifiedNode : RelevanceNode
{
    private readonly RuleSite _rectifier;
    private readonly RuleSite _site;
    private readonly BackwardRule _rule;
    private readonly GradientGate? _gate;
    private readonly TensorShape _inputShape;
    private TensorShape? _outputShape;
    private RectifiableCall? _call;

    public RectifiedNode(RuleSite rectifier, RectifiableCall call, Tensor moduleInput)
    {
        _rectifier = rectifier;
        _call = call;
        _site = call.Site;
        _rule = call.Rule;
        _gate = call.Gate;
        _inputShape = TensorShape.Of(call.Original);
        ModuleInput = moduleInput;
    }

    /// <summary>What the ReLU is given; gone once the node is closed.</summary>
    public Tensor ModuleInput { get; }

    protected override IReadOnlyList<TensorShape?> InputShapes => [_inputShape];

    /// <summary>Takes the ReLU's output, joins the graphs below and above, and frees the rest.</summary>
    /// <returns>The output, connected.</returns>
    public Tensor Close(Tensor output)
    {
        using var joined = _call!;
        _call = null;
        _outputShape = TensorShape.Of(output);
        Outputs = [output.detach()];
        Save([.. joined.Kept, .. _site.Module.parameters(false), Temporary(output.detach())]);
        var connected = Connect([joined.Original])[0];
        ModuleInput.Dispose();
        output.Dispose();
        return connected;
    }

    protected override void Fault(Exception exception) => _site.Fault(exception, Life);

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        var input = saved[0];
        var output = saved[^1];
        var arrived = relevance[0]!; // the only output, and a pass without any relevance does not get here
        var isRectified = IsOnlyWherePositive(arrived, output);
        if (!isRectified)
        {
            output = _site.Rerun(input);
        }

        var rectified = new RelevanceCall(
            _site,
            [arrived],
            [_inputShape],
            [_outputShape!],
            [input],
            [output],
            _gate is null ? null : vector => _gate.Gradient(saved[1], input, vector)
        )
        {
            OutputsAreRectified = isRectified,
        };
        var result = PropagatedRelevance.Check(_rule.Propagate(rectified), [_inputShape]);
        result[0] ??= _inputShape.Filled(0);
        _site.ReportBehind(_rectifier, [arrived], result);
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
