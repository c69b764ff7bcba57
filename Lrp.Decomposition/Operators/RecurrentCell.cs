using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <summary>The weights of one recurrent layer.</summary>
/// <param name="Input">W, shape (gates·hidden, in).</param>
/// <param name="Hidden">U, shape (gates·hidden, hidden or projection).</param>
/// <param name="InputBias">The bias of the input's product; null if the layer has none.</param>
/// <param name="HiddenBias">The bias of the hidden state's product; null if the layer has none.</param>
/// <param name="Projection">The projection of an LSTM's hidden state; null for none.</param>
internal sealed record RecurrentWeights(
    Tensor Input,
    Tensor Hidden,
    Tensor? InputBias,
    Tensor? HiddenBias,
    Tensor? Projection
)
{
    public Tensor? Bias =>
        InputBias is null ? null
        : HiddenBias is null ? InputBias
        : InputBias + HiddenBias;
}

/// <summary>The state of a recurrent layer: the hidden state, and for an LSTM the cell state.</summary>
internal readonly record struct RecurrentState(Decomposed Hidden, Decomposed? Cell)
{
    public RecurrentState Map(Func<Decomposed, Decomposed> map) =>
        new(map(Hidden), Cell is { } cell ? map(cell) : null);
}

/// <summary>One step of a recurrent layer.</summary>
internal abstract class RecurrentCell
{
    public virtual bool HasCell => false;

    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="input">The step's input, shape (batch, in).</param>
    /// <param name="projected">W·input, shape (batch, gates·hidden), without bias.</param>
    /// <param name="state">The state before the step.</param>
    /// <param name="weights">The layer's weights.</param>
    public abstract RecurrentState Step(
        OperatorContext context,
        Decomposed input,
        Decomposed projected,
        RecurrentState state,
        RecurrentWeights weights
    );

    protected static Decomposed Gate(OperatorContext context, Decomposed gates, long number, long size) =>
        context.Map(gates, t => t.narrow(-1, number * size, size));
}

/// <summary>A step of an Elman network: h' = f(W·x + U·h + b).</summary>
internal sealed class ElmanCell(Func<Tensor, Tensor> function, string name) : RecurrentCell
{
    public override RecurrentState Step(
        OperatorContext context,
        Decomposed input,
        Decomposed projected,
        RecurrentState state,
        RecurrentWeights weights
    )
    {
        var sum = context.Add(projected, context.Linear(state.Hidden, weights.Hidden));
        return new RecurrentState(context.Activate(context.AddBias(sum, weights.Bias), function, name), null);
    }
}

/// <summary>A step of an LSTM; the algorithm splits it.</summary>
internal sealed class LstmCell : RecurrentCell
{
    public override bool HasCell => true;

    public override RecurrentState Step(
        OperatorContext context,
        Decomposed input,
        Decomposed projected,
        RecurrentState state,
        RecurrentWeights weights
    )
    {
        var gates = context.Add(projected, context.Linear(state.Hidden, weights.Hidden));
        var (hidden, cell) = context.Algorithm.LstmStep(
            context,
            new LstmStep(input, gates, weights.Bias, state.Cell!.Value)
        );
        return new RecurrentState(
            weights.Projection is null ? hidden : context.Linear(hidden, weights.Projection),
            cell
        );
    }
}

/// <summary>A step of a GRU: r, z, n = gates; h' = (1 - z)·n + z·h with n = tanh(Wₙ·x + bₙ + r·(Uₙ·h + cₙ)).</summary>
internal sealed class GruCell : RecurrentCell
{
    public override RecurrentState Step(
        OperatorContext context,
        Decomposed input,
        Decomposed projected,
        RecurrentState state,
        RecurrentWeights weights
    )
    {
        var size = state.Hidden.Value.shape[^1];
        var own = context.AddBias(projected, weights.InputBias);
        var past = context.AddBias(context.Linear(state.Hidden, weights.Hidden), weights.HiddenBias);
        var reset = context.Activate(
            context.Add(Gate(context, own, 0, size), Gate(context, past, 0, size)),
            sigmoid,
            "sigmoid"
        );
        var update = context.Activate(
            context.Add(Gate(context, own, 1, size), Gate(context, past, 1, size)),
            sigmoid,
            "sigmoid"
        );
        var candidate = context.Activate(
            context.Add(Gate(context, own, 2, size), context.Multiply(reset, Gate(context, past, 2, size))),
            tanh,
            "tanh"
        );
        var difference = context.Add(state.Hidden, context.Map(candidate, t => -t));
        return new RecurrentState(context.Add(candidate, context.Multiply(update, difference)), null);
    }
}
