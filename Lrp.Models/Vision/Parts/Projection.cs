using Lrp.Core;
using Lrp.Core.Registrations;
using Lrp.Rules.FunctionRules;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// A linear layer inside torchvision's attention, which calls it as a function: rules for <c>Linear</c> do not match
/// it.
/// By itself, while a composite is registered, it has the rule of <see cref="Relevance.linear"/>.
/// </summary>
internal abstract class Projection(string name) : nn.Module<Tensor, Tensor>(name), INeedsNoInterception
{
    protected abstract Tensor Weight { get; }

    protected abstract Tensor? Bias { get; }

    public override Tensor forward(Tensor input) =>
        Registration.CarriesRelevance(this) && !Registration.HasRule(this)
            ? Relevance.linear(input, Weight, Bias)
            : nn.functional.linear(input, Weight, Bias);
}

/// <summary>A projection with parameters of its own, named as those of a linear layer.</summary>
internal sealed class OwnProjection : Projection
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter? _bias;

    public OwnProjection(long input, long output, bool bias = true)
        : base(nameof(OwnProjection))
    {
        _weight = new Parameter(empty(output, input));
        nn.init.xavier_uniform_(_weight);
        _bias = bias ? new Parameter(zeros(output)) : null;
        RegisterComponents();
    }

    protected override Tensor Weight => _weight;

    protected override Tensor? Bias => _bias;
}

/// <summary>A projection with parameters that belong to the module around it.</summary>
internal sealed class BorrowedProjection(Func<Tensor> weight, Func<Tensor> bias)
    : Projection(nameof(BorrowedProjection))
{
    protected override Tensor Weight => weight();

    protected override Tensor? Bias => bias();
}
