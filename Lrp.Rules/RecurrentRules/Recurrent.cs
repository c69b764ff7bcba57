using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>
/// LRP-ε through time for LSTM, GRU and RNN layers: a gate is a constant, and the signal that it multiplies takes all
/// relevance of the product.
/// </summary>
/// <remarks>
/// <para>
/// Arras et al. 2017, "Explaining recurrent neural network predictions in sentiment analysis", and 2019, "Explaining
/// and interpreting LSTMs". Sums are shared in proportion to their terms, s(z) being the stabilized z; activations
/// pass relevance on; a bias absorbs its share.
/// </para>
/// <para>
/// LSTM, c_t = f ⊙ c_{t−1} + i ⊙ g, h_t = o ⊙ tanh(c_t), g = tanh(v), v = W x_t + U h_{t−1} + b: with
/// R_c = R(c_t) + R(h_t), R(c_{t−1}) = f ⊙ c_{t−1} ⊙ R_c / s(c_t) and R(v) = i ⊙ g ⊙ R_c / s(c_t); then
/// R(x_t) = x_t ⊙ Wᵀ (R(v) / s(v)) and R(h_{t−1}) = h_{t−1} ⊙ Uᵀ (R(v) / s(v)).
/// </para>
/// <para>
/// GRU, h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}, n = tanh(v), v = W x_t + b + r ⊙ (U h_{t−1} + b'): the two terms of h_t share
/// its relevance, and R(h_{t−1}) gains h_{t−1} ⊙ Uᵀ (r ⊙ R(v) / s(v)). RNN, h_t = tanh(v) or ReLU(v): R(v) = R(h_t).
/// </para>
/// <para>
/// Inputs have the shapes that TorchSharp gives them: (time, batch, features), with batch_first (batch, time,
/// features). Initial states that require a gradient get relevance too; others are constants, whose share ends there.
/// Relevance is taken from all outputs: the sequence and the last states. A stabilizer that is scaled by the norm takes
/// it sample by sample and step by step.
/// </para>
/// <para>
/// TorchSharp calls these modules with a packed sequence past all hooks, so that no rule can see such a call and
/// relevance follows the plain gradient; the registration says that the module was not called. Pad the sequences
/// instead. Projections of the hidden state are refused, and dropout between layers in training mode.
/// </para>
/// </remarks>
public sealed class Recurrent : StabilizedRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="epsilon">
    /// ε ≥ 0, the default is 1e-6; larger values absorb more of the relevance of weak sums at each time step.
    /// </param>
    public Recurrent(Stabilizer? epsilon = null)
        : base(epsilon ?? 1e-6) { }

    /// <inheritdoc/>
    public override string? Validate(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (module is not (LSTM or GRU or RNN))
        {
            return "it is defined for LSTM, GRU and RNN.";
        }

        return DirectionWeights.HasProjection(module)
            ? "a projection of the hidden state (proj_size) is not supported."
            : null;
    }

    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Arguments | RuleNeeds.Output;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var weights = DirectionWeights.Of(call.Module);
        var layout = SequenceLayout.Of(call.Arguments[0], call.Outputs, weights.Count);
        var values = new SequenceValues(
            layout.Ordered(call.Arguments[0]),
            call.Arguments.ElementAtOrDefault(1),
            call.Arguments.ElementAtOrDefault(2)
        );
        using var run = Run(call, weights, layout, values);
        var relevance = run.Propagate(
            new SequenceRelevance(
                call.OutputRelevance[0] is { } output ? layout.Ordered(output) : null,
                call.OutputRelevance[1],
                call.OutputRelevance.ElementAtOrDefault(2)
            )
        );
        return
        [
            .. call.InputPositions.Select(position =>
                position switch
                {
                    0 => layout.Ordered(relevance.Sequence!),
                    1 => relevance.Hidden!,
                    _ => relevance.Cell!,
                }
            ),
        ];
    }

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(Recurrent), false, ("epsilon", Stabilizer));

    /// <summary>The layers' values once more, checked against what the module returned.</summary>
    private SequenceRun Run(
        RelevanceCall call,
        IReadOnlyList<DirectionWeights[]> weights,
        SequenceLayout layout,
        SequenceValues values
    )
    {
        var output = layout.Ordered(call.Output);
        var run = call.Module switch
        {
            LSTM => SequenceRun.Of(new LstmCell(), weights, values, Stabilizer),
            GRU => SequenceRun.Of(new GruCell(), weights, values, Stabilizer),
            _ => RunElman(call, output, weights, values),
        };
        if (weights.Count > 1 && run.DistanceTo(output) > Tolerance(output.dtype))
        {
            run.Dispose();
            throw new NotSupportedException(
                "the layer's outputs are not those of its weights and inputs: it drops activations at random between "
                    + "its layers in training mode; call model.eval() first"
            );
        }

        return run;
    }

    /// <summary>
    /// TorchSharp does not tell which activation an RNN has. One that returned a negative number has tanh; of others
    /// it is the one that gives what the module returned.
    /// </summary>
    private SequenceRun RunElman(
        RelevanceCall call,
        Tensor output,
        IReadOnlyList<DirectionWeights[]> weights,
        SequenceValues values
    )
    {
        if (call.Outputs.Any(returned => returned.lt(0).any().ToBoolean()))
        {
            return SequenceRun.Of(ElmanCell.Tanh, weights, values, Stabilizer);
        }

        var rectified = SequenceRun.Of(ElmanCell.Rectified, weights, values, Stabilizer);
        var distance = rectified.DistanceTo(output);
        if (distance == 0)
        {
            return rectified;
        }

        var smooth = SequenceRun.Of(ElmanCell.Tanh, weights, values, Stabilizer);
        var (nearer, other) = smooth.DistanceTo(output) < distance ? (smooth, rectified) : (rectified, smooth);
        other.Dispose();
        return nearer;
    }

    /// <summary>
    /// Far above what rounding does, TensorFloat-32 included, and far below what dropout does.
    /// </summary>
    private static double Tolerance(ScalarType dtype) => dtype is ScalarType.Float32 or ScalarType.Float64 ? 5e-3 : 0.1;
}
