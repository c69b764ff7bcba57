using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>What becomes of the relevance of a module's bias.</summary>
public enum BiasRelevance
{
    /// <summary>It ends there.</summary>
    Absorbed,

    /// <summary>It is spread evenly over the elements of all inputs, sample by sample.</summary>
    Spread,
}

/// <summary>
/// First-order Taylor decomposition of any differentiable module at a reference point x̃: R_i = Σ_j J_ji(x̃) x_i R_j /
/// z_j, with z_j = Σ_i J_ji(x̃) x_i, or z_j = f_j(x) when the bias is counted.
/// </summary>
/// <remarks>
/// Achtibat et al. 2024, "AttnLRP", eqs. 4 and 5. Without bias all relevance reaches the inputs. With it, the share
/// 1 − Σ_i J_ji(x̃) x_i / f_j(x) of each output belongs to the bias, and <see cref="BiasRelevance"/> says where that
/// goes.
/// Defined for modules that map one tensor to one tensor; with the reference at the input itself
/// (<see cref="AtInput"/>) nothing has to be chosen.
/// </remarks>
public sealed class Taylor : StabilizedRule
{
    private readonly Func<Tensor, Tensor>? _reference;

    /// <summary>Creates the rule for a constant reference point.</summary>
    /// <param name="reference">The value of every element of x̃.</param>
    /// <param name="bias">Whether the bias is counted in the denominator.</param>
    /// <param name="biasRelevance">Where the bias's relevance goes; only with <paramref name="bias"/>.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    public Taylor(
        double reference = 0,
        bool bias = false,
        BiasRelevance biasRelevance = BiasRelevance.Absorbed,
        Stabilizer? epsilon = null
    )
        : this(input => full_like(input, reference), bias, biasRelevance, epsilon) { }

    /// <summary>Creates the rule for a reference point that depends on the input.</summary>
    /// <param name="reference">Gives x̃ for an input, in the input's shape; null stands for the input itself.</param>
    /// <param name="bias">Whether the bias is counted in the denominator.</param>
    /// <param name="biasRelevance">Where the bias's relevance goes; only with <paramref name="bias"/>.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    public Taylor(
        Func<Tensor, Tensor>? reference,
        bool bias = false,
        BiasRelevance biasRelevance = BiasRelevance.Absorbed,
        Stabilizer? epsilon = null
    )
        : base(epsilon ?? 1e-6)
    {
        if (!bias && biasRelevance != BiasRelevance.Absorbed)
        {
            throw new ArgumentException("Without the bias in the denominator there is no bias relevance to spread.");
        }

        _reference = reference;
        Bias = bias;
        BiasRelevance = biasRelevance;
    }

    /// <summary>Whether the bias is counted in the denominator.</summary>
    public bool Bias { get; }

    /// <summary>Where the bias's relevance goes.</summary>
    public BiasRelevance BiasRelevance { get; }

    /// <summary>The decomposition at the input itself, where the module's own graph is reused.</summary>
    /// <param name="bias">Whether the bias is counted in the denominator.</param>
    /// <param name="biasRelevance">Where the bias's relevance goes; only with <paramref name="bias"/>.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The rule.</returns>
    public static Taylor AtInput(
        bool bias = true,
        BiasRelevance biasRelevance = BiasRelevance.Absorbed,
        Stabilizer? epsilon = null
    ) => new((Func<Tensor, Tensor>?)null, bias, biasRelevance, epsilon);

    /// <summary>Whether the decomposition is at the input itself, with a bias that absorbs its share.</summary>
    internal bool IsAtInputWithBias => _reference is null && Bias && BiasRelevance == BiasRelevance.Absorbed;

    /// <inheritdoc/>
    public override string? Validate(nn.Module module) =>
        module is nn.Module<Tensor, Tensor> ? null : "it is defined for modules that map one tensor to one tensor.";

    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module) => Bias ? RuleNeeds.Input | RuleNeeds.Output : RuleNeeds.Input;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var input = call.Input.detach();
        using var enabled = enable_grad();
        using var point = (_reference is null ? input : _reference(input)).detach().requires_grad_();
        if (!point.shape.AsSpan().SequenceEqual(input.shape))
        {
            throw new InvalidOperationException(
                $"the reference point has shape {TensorShape.Of(point)}, but the input has {TensorShape.Of(input)}"
            );
        }

        var output = call.Rerun(point);
        using var direction = zeros_like(output).requires_grad_();
        if (VectorJacobian.Product(output, point, direction, retainGraph: true) is null)
        {
            throw new InvalidOperationException(
                "the module's output does not depend on its input by any differentiable way"
            );
        }

        // Whatever could fail here has failed in the pass above, as an exception.
        var transposed = autograd.grad([output], [point], [direction], retain_graph: true, create_graph: true)[0];
        var contributions = Forward(transposed, direction, input);

        using var disabled = no_grad();
        var denominator = Bias ? call.Output.detach() : contributions;
        var quotient = Stabilizer.Divide(call.Relevance, denominator);
        var relevance = VectorJacobian.Product(output, point, quotient, retainGraph: true)!.mul(input);
        return [BiasRelevance == BiasRelevance.Spread ? Spread(relevance, call.Relevance) : relevance];
    }

    /// <inheritdoc/>
    public override string ToString() =>
        (_reference, Bias) switch
        {
            (null, true) => "Taylor(at the input, with bias)",
            (null, false) => "Taylor(at the input)",
            (_, true) => "Taylor(with bias)",
            _ => "Taylor",
        };

    /// <summary>J·x from v ↦ Jᵀv, which is linear in v: its own gradient along x.</summary>
    private static Tensor Forward(Tensor transposed, Tensor direction, Tensor input) =>
        VectorJacobian.Product(transposed, direction, input, retainGraph: true) ?? zeros_like(direction);

    /// <summary>Adds what the inputs lack of the outputs' relevance, in equal parts within each sample.</summary>
    private static Tensor Spread(Tensor relevance, Tensor outputRelevance)
    {
        if (relevance.dim() < 2 || outputRelevance.dim() == 0 || relevance.shape[0] != outputRelevance.shape[0])
        {
            return relevance.add((outputRelevance.sum() - relevance.sum()) / relevance.numel());
        }

        var samples = relevance.shape[0];
        var arrived = outputRelevance.reshape(samples, -1).sum(1);
        var given = relevance.reshape(samples, -1).sum(1);
        var share = (arrived - given) / (relevance.numel() / samples);
        return relevance.add(share.reshape([samples, .. Enumerable.Repeat(1L, (int)relevance.dim() - 1)]));
    }
}
