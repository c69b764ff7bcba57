using Lrp.Core;
using Lrp.Rules;
using Lrp.Rules.RecurrentRules;
using static TorchSharp.torch;

namespace Lrp.Composites;

/// <summary>
/// Every rule of this library by a method of its name: <c>LrpRule.Epsilon(1e-6)</c> is <c>new Epsilon(1e-6)</c>.
/// </summary>
/// <remarks>
/// TorchSharp has modules that are called <c>Identity</c> and <c>Uniform</c> too. A file that uses
/// <c>TorchSharp.Modules</c> and takes its rules from here needs no alias.
/// </remarks>
public static class LrpRule
{
    /// <inheritdoc cref="Rules.Lrp0"/>
    /// <param name="excludeBias">Whether the rule sees the bias as zero; only for linear layers.</param>
    /// <returns>The rule.</returns>
    public static Lrp0 Lrp0(bool excludeBias = false) => new(excludeBias);

    /// <inheritdoc cref="Rules.Epsilon"/>
    /// <param name="epsilon">ε ≥ 0, the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero; only for linear layers.</param>
    /// <returns>The rule.</returns>
    public static Epsilon Epsilon(Stabilizer? epsilon = null, bool excludeBias = false) => new(epsilon, excludeBias);

    /// <inheritdoc cref="Rules.RecurrentRules.Recurrent"/>
    /// <param name="epsilon">ε ≥ 0, the default is 1e-6.</param>
    /// <returns>The rule.</returns>
    public static Recurrent Recurrent(Stabilizer? epsilon = null) => new(epsilon);

    /// <inheritdoc cref="Rules.Recompute"/>
    /// <returns>The rule.</returns>
    public static Recompute Recompute() => new();

    /// <inheritdoc cref="Rules.Gamma"/>
    /// <param name="gamma">γ ≥ 0.</param>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    /// <returns>The rule.</returns>
    public static Gamma Gamma(double gamma = 0.25, Stabilizer? stabilizer = null, bool excludeBias = false) =>
        new(gamma, stabilizer, excludeBias);

    /// <inheritdoc cref="Rules.AlphaBeta"/>
    /// <param name="alpha">α ≥ 0; α − β = 1.</param>
    /// <param name="beta">β ≥ 0.</param>
    /// <param name="stabilizer">Stabilizes the denominators; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    /// <returns>The rule.</returns>
    public static AlphaBeta AlphaBeta(
        double alpha = 2,
        double beta = 1,
        Stabilizer? stabilizer = null,
        bool excludeBias = false
    ) => new(alpha, beta, stabilizer, excludeBias);

    /// <inheritdoc cref="Rules.ZPlus"/>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    /// <returns>The rule.</returns>
    public static ZPlus ZPlus(Stabilizer? stabilizer = null, bool excludeBias = false) => new(stabilizer, excludeBias);

    /// <inheritdoc cref="Rules.ZBox"/>
    /// <param name="low">The lowest value that input elements can take.</param>
    /// <param name="high">The highest.</param>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    /// <returns>The rule.</returns>
    public static ZBox ZBox(double low, double high, Stabilizer? stabilizer = null, bool excludeBias = false) =>
        new(low, high, stabilizer, excludeBias);

    /// <inheritdoc cref="Rules.ZBox"/>
    /// <param name="low">
    /// The lowest value each input element can take: a scalar tensor, one value per channel (<c>[1, C, 1, 1]</c>), or a
    /// whole input. The rule keeps a copy.
    /// </param>
    /// <param name="high">The highest, likewise.</param>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    /// <returns>The rule.</returns>
    public static ZBox ZBox(Tensor low, Tensor high, Stabilizer? stabilizer = null, bool excludeBias = false) =>
        new(low, high, stabilizer, excludeBias);

    /// <inheritdoc cref="Rules.WSquare"/>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    /// <returns>The rule.</returns>
    public static WSquare WSquare(Stabilizer? stabilizer = null, bool excludeBias = false) =>
        new(stabilizer, excludeBias);

    /// <inheritdoc cref="Rules.Flat"/>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The rule.</returns>
    public static Flat Flat(Stabilizer? stabilizer = null) => new(stabilizer);

    /// <inheritdoc cref="Rules.Norm"/>
    /// <param name="stabilizer">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The rule.</returns>
    public static Norm Norm(Stabilizer? stabilizer = null) => new(stabilizer);

    /// <inheritdoc cref="Rules.Pass"/>
    /// <returns>The rule.</returns>
    public static Pass Pass() => new();

    /// <inheritdoc cref="Rules.Identity"/>
    /// <returns>The rule.</returns>
    public static Identity Identity() => new();

    /// <inheritdoc cref="Rules.Uniform"/>
    /// <returns>The rule.</returns>
    public static Uniform Uniform() => new();

    /// <inheritdoc cref="Rules.UniformEpsilon"/>
    /// <param name="epsilon">ε ≥ 0, the default is 1e-6.</param>
    /// <returns>The rule.</returns>
    public static UniformEpsilon UniformEpsilon(Stabilizer? epsilon = null) => new(epsilon);

    /// <inheritdoc cref="Rules.GatedProduct"/>
    /// <returns>The rule.</returns>
    public static GatedProduct GatedProduct() => new();

    /// <inheritdoc cref="Rules.StopRelevance"/>
    /// <returns>The rule.</returns>
    public static StopRelevance StopRelevance() => new();

    /// <inheritdoc cref="Rules.Taylor"/>
    /// <param name="reference">The value of every element of x̃.</param>
    /// <param name="bias">Whether the bias is counted in the denominator.</param>
    /// <param name="biasRelevance">Where the bias's relevance goes; only with <paramref name="bias"/>.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The rule.</returns>
    public static Taylor Taylor(
        double reference = 0,
        bool bias = false,
        BiasRelevance biasRelevance = BiasRelevance.Absorbed,
        Stabilizer? epsilon = null
    ) => new(reference, bias, biasRelevance, epsilon);

    /// <inheritdoc cref="Rules.Taylor"/>
    /// <param name="reference">Gives x̃ for an input, in the input's shape; null stands for the input itself.</param>
    /// <param name="bias">Whether the bias is counted in the denominator.</param>
    /// <param name="biasRelevance">Where the bias's relevance goes; only with <paramref name="bias"/>.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The rule.</returns>
    public static Taylor Taylor(
        Func<Tensor, Tensor>? reference,
        bool bias = false,
        BiasRelevance biasRelevance = BiasRelevance.Absorbed,
        Stabilizer? epsilon = null
    ) => new(reference, bias, biasRelevance, epsilon);

    /// <inheritdoc cref="Rules.Taylor.AtInput"/>
    public static Taylor TaylorAtInput(
        bool bias = true,
        BiasRelevance biasRelevance = BiasRelevance.Absorbed,
        Stabilizer? epsilon = null
    ) => Rules.Taylor.AtInput(bias, biasRelevance, epsilon);

    /// <inheritdoc cref="Rules.DeconvNet"/>
    /// <returns>The rule.</returns>
    public static DeconvNet DeconvNet() => new();

    /// <inheritdoc cref="Rules.GuidedBackprop"/>
    /// <returns>The rule.</returns>
    public static GuidedBackprop GuidedBackprop() => new();

    /// <inheritdoc cref="Rules.BetaSmooth"/>
    /// <param name="beta">β &gt; 0; ReLU's own gradient is the limit of large β.</param>
    /// <returns>The rule.</returns>
    public static BetaSmooth BetaSmooth(double beta = 10) => new(beta);
}
