using Lrp.Composites;
using Lrp.Core;
using Lrp.Models.Layers;
using Lrp.Rules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>A method for transformers as a table: what becomes of the gradient at each type of module.</summary>
internal sealed record MethodRules
{
    private static readonly GradientChange Own = new OwnGradient();
    private static readonly GradientChange OfLinear = new LinearGradient();
    private static readonly GradientChange Ratio = new ConstantRatio();
    private static readonly GradientChange Halves = new Shares(0.5, 0.5);

    private static readonly Type[] NormTypes = [typeof(LayerNorm), typeof(RmsNorm)];

    /// <summary>What every method leaves to the module's own gradient.</summary>
    private static readonly IReadOnlyList<(Type Type, GradientChange Change)> Plain =
    [
        (typeof(Linear), OfLinear),
        (typeof(TiedProjection), OfLinear),
        (typeof(Addition), new SumGradient()),
        (typeof(AttentionSoftmax), new SoftmaxGradient()),
        (typeof(Rotary), Own),
        (typeof(Scaling), Own),
        (typeof(MaskedMean), Own),
        (typeof(ExpertWeights), Own),
        (typeof(ExpertSum), Own),
    ];

    /// <summary>Norms.</summary>
    public GradientChange Norms { get; init; } = Own;

    /// <summary>Activations.</summary>
    public GradientChange Activations { get; init; } = Own;

    /// <summary>Soft caps.</summary>
    public GradientChange SoftCaps { get; init; } = Own;

    /// <summary>Queries times keys.</summary>
    public GradientChange Scores { get; init; } = Own;

    /// <summary>Attention's weights times values, gates times neurons, weights times experts.</summary>
    public GradientChange Products { get; init; } = Own;

    /// <summary>AttnLRP.</summary>
    public static MethodRules AttnLrp { get; } =
        new()
        {
            Norms = new ConstantScale(),
            Activations = Ratio,
            SoftCaps = Ratio,
            Scores = Halves,
            Products = Halves,
        };

    /// <summary>AttnLRP with the own gradient of soft caps.</summary>
    public static MethodRules AttnLrpWithoutCaps { get; } = AttnLrp with { SoftCaps = Own };

    /// <summary>CP-LRP; scores need no rule, since nothing reaches them.</summary>
    public static MethodRules CpLrp { get; } = AttnLrp with { Scores = Own, Products = new Shares(0, 1) };

    /// <summary>Gradient times input.</summary>
    public static MethodRules GradientTimesInput { get; } = new();

    /// <summary>The table of a method.</summary>
    public static MethodRules Of(RelevanceMethod method) =>
        method switch
        {
            RelevanceMethod.AttnLrp => AttnLrp,
            RelevanceMethod.CpLrp => CpLrp,
            RelevanceMethod.GradientTimesInput => GradientTimesInput,
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "This is no method."),
        };

    /// <summary>The table as a composite.</summary>
    /// <param name="form">What travels.</param>
    /// <param name="weightsAreLent">
    /// Whether linear layers have their weights only while they run: autograd would keep them, a rule does not.
    /// </param>
    public Composite In(RelevanceForm form, bool weightsAreLent = false)
    {
        var composite = new Composite();
        foreach (var (type, change) in Plain)
        {
            var isLent = weightsAreLent && type == typeof(Linear) && form == RelevanceForm.Efficient;
            composite.Add(type, isLent ? new EfficientRule(change) : change.In(form));
        }

        composite.Add(NormTypes, Norms.In(form));
        composite.Add([.. ActivationRule.ModuleTypes], Activations.In(form));
        composite.Add(typeof(SoftCap), SoftCaps.In(form));
        composite.Add(typeof(QueryKeyProduct), Scores.In(form));
        composite.Add([typeof(WeightedValues), typeof(Product)], Products.In(form));
        return composite;
    }

    /// <summary>The rule of the module at which the explicit form begins.</summary>
    public BackwardRule StartAt(nn.Module module) =>
        module switch
        {
            LayerNorm or RmsNorm => Norms.AsStart(),
            Linear or TiedProjection => OfLinear.AsStart(),
            _ => Own.AsStart(),
        };
}
