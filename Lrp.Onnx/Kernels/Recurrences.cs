using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>LSTM, GRU and RNN, step by step.</summary>
/// <remarks>
/// Where rules need it, gates are constants and an activation f(v) counts as v · const(f(v)/v), so that cell and signal
/// share in proportion (Arras et al. 2017 and 2019).
/// </remarks>
internal static class Recurrences
{
    private const string Attributes =
        "activation_alpha:fs activation_beta:fs activations:ss=Sigmoid|Tanh|Relu|HardSigmoid clip:f "
        + "direction:s=forward|reverse|bidirectional hidden_size:i layout:i ";

    public static IEnumerable<Operator> Operators { get; } =
    [
        new(
            "LSTM",
            Role.Recurrent,
            c => Run(c, 4, ["Sigmoid", "Tanh", "Tanh"], Lstm),
            (3, 8),
            Attributes + "input_forget:i"
        ),
        new(
            "GRU",
            Role.Recurrent,
            c => Run(c, 3, ["Sigmoid", "Tanh"], Gru),
            (3, 6),
            Attributes + "linear_before_reset:i"
        ),
        new("RNN", Role.Recurrent, c => Run(c, 1, ["Tanh"], Elman), (3, 6), Attributes),
    ];

    /// <summary>One direction's weights, and its functions.</summary>
    private sealed class Cell(Call call, int direction, int gates, long size, Func<Tensor, Tensor>[] functions)
    {
        public Call Call => call;
        public long Size => size;
        public Func<Tensor, Tensor>[] Functions => functions;
        public Tensor W => call[1][direction];
        public Tensor R => call[2][direction];
        public Tensor? Wb => call.Optional(3)?[direction].narrow(0, 0, gates * size);
        public Tensor? Rb => call.Optional(3)?[direction].narrow(0, gates * size, gates * size);

        /// <summary>A peephole's weights.</summary>
        public Tensor? P(int gate) => call.Optional(7)?[direction].narrow(0, gate * size, size);

        public Tensor Limited(Tensor value)
        {
            var limit = call.Float("clip", 0);
            return limit > 0 ? value.clamp(-limit, limit) : value;
        }

        /// <summary>A gate: a constant for rules.</summary>
        public Tensor Gate(Tensor value) => call.Constant(functions[0](Limited(value)));

        /// <summary>An activation of a signal, or of a cell.</summary>
        public Tensor Signal(int function, Tensor value)
        {
            value = Limited(value);
            var result = functions[function](value);
            if (!call.HasConstantGates)
            {
                return result;
            }

            var factor = where(value.eq(0), ones_like(value), result.div(value)).detach();
            return value.mul(factor);
        }
    }

    private delegate (Tensor H, Tensor? C) Step(Cell cell, Tensor projected, Tensor h, Tensor? c);

    private static Tensor?[] Run(Call c, int gates, string[] usual, Step step)
    {
        var isBatchFirst = c.Int("layout", 0) == 1;
        var x = isBatchFirst ? c[0].transpose(0, 1) : c[0];
        var size = c.Int("hidden_size", c[2].shape[^1]);
        var direction = c.Node.Text("direction", "forward");
        var directions = direction == "bidirectional" ? 2 : 1;
        ThrowIfUnfit(c, x, directions, gates, size);
        var lengths = c.Optional(4) is null ? null : c.On(4, x).to_type(ScalarType.Int64);
        var (ys, hs, cs) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        for (var k = 0; k < directions; k++)
        {
            var functions = FunctionsOf(c, usual, k);
            var cell = new Cell(c, k, gates, size, functions);
            var projected = x.matmul(cell.W.t());
            if (cell.Wb is { } bias)
            {
                projected = projected.add(bias);
            }

            var state = (H: Initial(5, k), C: gates == 4 ? Initial(6, k) : null);
            var outputs = new Tensor[x.shape[0]];
            var isReverse = direction == "reverse" || k == 1;
            for (var n = 0; n < outputs.Length; n++)
            {
                var t = isReverse ? outputs.Length - 1 - n : n;
                var next = step(cell, projected[t], state.H, state.C);
                outputs[t] = next.H;
                if (lengths is not null)
                {
                    var valid = lengths.gt(t).unsqueeze(-1);
                    outputs[t] = where(valid, next.H, zeros_like(next.H));
                    next = (where(valid, next.H, state.H), next.C is null ? null : where(valid, next.C, state.C!));
                }

                state = next;
            }

            ys.Add(outputs.Length == 0 ? zeros([0, x.shape[1], size], x.dtype, x.device) : stack(outputs));
            hs.Add(state.H);
            if (state.C is not null)
            {
                cs.Add(state.C);
            }
        }

        var (y, hidden) = (stack(ys, 1), stack(hs));
        var cells = cs.Count > 0 ? stack(cs) : null;
        return isBatchFirst
            ? [y.permute(2, 0, 1, 3), hidden.transpose(0, 1), cells?.transpose(0, 1)]
            : [y, hidden, cells];

        Tensor Initial(int position, int k) =>
            c.Optional(position) is { } given
                ? (isBatchFirst ? given.transpose(0, 1) : given)[k]
                : zeros([x.shape[1], size], x.dtype, x.device);
    }

    private static void ThrowIfUnfit(Call c, Tensor x, int directions, int gates, long size)
    {
        var fits =
            x.dim() == 3
            && size > 0
            && c[1].shape.SequenceEqual([directions, gates * size, x.shape[2]])
            && c[2].shape.SequenceEqual([directions, gates * size, size])
            && (c.Optional(3) is null || c[3].shape.SequenceEqual([directions, 2 * gates * size]))
            && (c.Optional(7) is null || c[7].shape.SequenceEqual([directions, 3 * size]));
        if (!fits)
        {
            throw c.Unfit($"has {directions} directions of {gates} gates and {size} units");
        }
    }

    private static (Tensor, Tensor?) Lstm(Cell cell, Tensor projected, Tensor h, Tensor? c)
    {
        var parts = Split(cell, projected.add(Recurrent(cell, h, 0, 4)), 4); // i o f c
        var input = cell.Gate(Peeped(parts[0], cell.P(0), c!));
        var forget =
            cell.Call.Int("input_forget", 0) == 1 ? input.neg().add(1) : cell.Gate(Peeped(parts[2], cell.P(2), c!));
        var state = forget.mul(c!).add(input.mul(cell.Signal(1, parts[3])));
        var output = cell.Gate(Peeped(parts[1], cell.P(1), state));
        return (output.mul(cell.Signal(2, state)), state);
    }

    private static Tensor Peeped(Tensor value, Tensor? weights, Tensor c) =>
        weights is null ? value : value.add(weights.mul(c));

    private static (Tensor, Tensor?) Gru(Cell cell, Tensor projected, Tensor h, Tensor? none)
    {
        var size = cell.Size;
        var gates = projected.narrow(-1, 0, 2 * size).add(Recurrent(cell, h, 0, 2)); // z r h
        var update = cell.Gate(gates.narrow(-1, 0, size));
        var reset = cell.Gate(gates.narrow(-1, size, size));
        var recurrent =
            cell.Call.Int("linear_before_reset", 0) == 1
                ? reset.mul(Recurrent(cell, h, 2, 1))
                : Recurrent(cell, reset.mul(h), 2, 1);
        var signal = cell.Signal(1, projected.narrow(-1, 2 * size, size).add(recurrent));
        return (update.neg().add(1).mul(signal).add(update.mul(h)), none);
    }

    private static (Tensor, Tensor?) Elman(Cell cell, Tensor projected, Tensor h, Tensor? none)
    {
        var value = projected.add(Recurrent(cell, h, 0, 1));
        return (cell.Call.HasConstantGates ? SignalOfOne(cell, value) : cell.Functions[0](cell.Limited(value)), none);
    }

    private static Tensor SignalOfOne(Cell cell, Tensor value) => cell.Signal(0, value);

    /// <summary>h·Rᵀ + Rb for some of the gates.</summary>
    private static Tensor Recurrent(Cell cell, Tensor h, int first, int count)
    {
        var rows = cell.R.narrow(0, first * cell.Size, count * cell.Size);
        var result = h.matmul(rows.t());
        return cell.Rb is { } bias ? result.add(bias.narrow(0, first * cell.Size, count * cell.Size)) : result;
    }

    private static Tensor[] Split(Cell cell, Tensor gates, int count) =>
        [.. Enumerable.Range(0, count).Select(k => gates.narrow(-1, k * cell.Size, cell.Size))];

    private static Func<Tensor, Tensor>[] FunctionsOf(Call c, string[] usual, int direction)
    {
        var names = c.Node.Texts("activations") ?? [];
        var first = names.Length >= (direction + 1) * usual.Length ? direction * usual.Length : -1;
        var (alphas, betas) = (c.Node.Floats("activation_alpha"), c.Node.Floats("activation_beta"));
        return [.. usual.Select((name, k) => first < 0 ? Function(name, 0) : Function(names[first + k], first + k))];

        // Of these functions only the hard sigmoid has numbers: each takes the next ones of the lists.
        Func<Tensor, Tensor> Function(string name, int place)
        {
            var before = names.Take(place).Count(each => IsHard(each));
            var (alpha, beta) = (At(alphas, before, 0.2), At(betas, before, 0.5));
            return name.ToUpperInvariant() switch
            {
                "SIGMOID" => value => value.sigmoid(),
                "TANH" => value => value.tanh(),
                "RELU" => value => value.relu(),
                _ => value => value.mul(alpha).add(beta).clamp(0, 1),
            };
        }

        static bool IsHard(string name) => name.Equals("HardSigmoid", StringComparison.OrdinalIgnoreCase);

        static double At(double[]? given, int place, double otherwise) =>
            given is not null && place < given.Length ? given[place] : otherwise;
    }
}
