using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// The output of a model that is explained: a weighted sum of the output's entries.
/// </summary>
/// <example>
/// <code>
/// Target.Predicted            // each sample's largest logit
/// Target.Class(3)             // the same class for all
/// Target.Classes(3, 5)        // one class per sample
/// Target.Difference(3, 5)     // why 3 and not 5: logit 3 - logit 5
/// Target.Token(-1, 42)        // token 42 at the last position of a language model
/// Target.Pixels(2, mask)      // what a segmentation says of some pixels
/// Target.Entry(7, 4)          // the score of box 7 of a detector
/// </code>
/// </example>
public sealed partial class Target
{
    private readonly string _text;
    private readonly Func<Tensor, BatchPart, Tensor> _weights;

    private Target(string text, Func<Tensor, BatchPart, Tensor> weights)
    {
        _text = text;
        _weights = weights;
    }

    /// <summary>
    /// The class with the largest output of each sample; the output has shape (samples, classes). Of a language model,
    /// whose output has shape (samples, positions, vocabulary), the predicted token at the last position; in a batch
    /// with padding use <see cref="PredictedToken(Tensor)"/>.
    /// </summary>
    public static Target Predicted { get; } =
        new(
            "the predicted class",
            (output, samples) =>
                output.dim() == 3
                    ? PredictedToken(-1)._weights(output, samples)
                    : OneHot(output, CheckClasses(output).argmax(1))
        )
        {
            IsChosenByOutput = true,
        };

    /// <summary>The same class for every sample.</summary>
    /// <param name="index">The class.</param>
    public static Target Class(long index) =>
        new(
            $"class {index}",
            (output, _) =>
                OneHot(
                    output,
                    full(output.shape[0], CheckIndex(output, index), dtype: ScalarType.Int64, device: output.device)
                )
        );

    /// <summary>One class per sample.</summary>
    /// <param name="indices">The classes, one per sample.</param>
    public static Target Classes(params long[] indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return new Target(
            $"{indices.Length} classes",
            (output, samples) =>
            {
                long[] own = [.. samples.Own(indices, "list of classes").Select(index => CheckIndex(output, index))];
                return OneHot(output, tensor(own, device: output.device));
            }
        );
    }

    /// <summary>One class per sample.</summary>
    /// <param name="indices">The classes, of shape (samples), integers.</param>
    /// <exception cref="ArgumentException">The tensor does not hold integers.</exception>
    public static Target Classes(Tensor indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        if (
            indices.dtype
            is not (ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 or ScalarType.Byte)
        )
        {
            throw new ArgumentException(
                $"Classes are integers, one for each sample, such as output.argmax(1); the tensor has the type "
                    + $"{indices.dtype}. If it holds whole numbers, pass indices.to(ScalarType.Int64); for a weighted "
                    + "sum of outputs use Target.Weights.",
                nameof(indices)
            );
        }

        using var scope = NewDisposeScope();
        return Classes(indices.to(ScalarType.Int64).cpu().data<long>().ToArray());
    }

    /// <summary>
    /// The difference between the outputs of two classes: the evidence for one class rather than the other.
    /// </summary>
    /// <param name="index">The class.</param>
    /// <param name="other">The class whose output is subtracted.</param>
    public static Target Difference(long index, long other) =>
        new(
            $"class {index} - class {other}",
            (output, samples) => Class(index)._weights(output, samples).sub(Class(other)._weights(output, samples))
        );

    /// <summary>The difference between two explained outputs: the evidence for one rather than the other.</summary>
    /// <param name="one">An output.</param>
    /// <param name="other">The output that is subtracted.</param>
    public static Target Difference(Target one, Target other) =>
        Joined(one, other, "-", (left, right) => left.sub(right));

    /// <summary>The sum of two explained outputs, such as those at both ends of an answer.</summary>
    /// <param name="one">An output.</param>
    /// <param name="other">The output that is added.</param>
    public static Target Sum(Target one, Target other) => Joined(one, other, "+", (left, right) => left.add(right));

    /// <summary>A weighted sum of the output's entries.</summary>
    /// <param name="weights">The weights, of the output's shape or of one sample's.</param>
    /// <exception cref="ArgumentException">A weight is not a finite number.</exception>
    public static Target Weights(Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ThrowIfNotFinite(weights, "weights");
        return new Target(
            "a weighted sum",
            (output, samples) =>
            {
                var all = weights.detach().to(output.dtype).to(output.device);
                if (all.shape.SequenceEqual(output.shape[1..]))
                {
                    return all.unsqueeze(0).expand_as(output);
                }

                // The weights are for the whole batch, and this output is a slice of it.
                var own = all.dim() == output.dim() ? samples.Own(all, "weights") : all;
                return own.shape.SequenceEqual(output.shape)
                    ? own
                    : throw new ArgumentException(
                        $"The target's weights have the shape [{string.Join(", ", weights.shape)}], but the model's "
                            + $"output has the shape [{string.Join(", ", output.shape)}]."
                    );
            }
        );
    }

    /// <summary>The same class for every sample.</summary>
    /// <param name="index">The class.</param>
    public static implicit operator Target(long index) => Class(index);

    /// <summary>One class per sample.</summary>
    /// <param name="indices">The classes.</param>
    public static implicit operator Target(long[] indices) => Classes(indices);

    /// <summary>A description of the explained output.</summary>
    public override string ToString() => _text;

    /// <summary>Whether the values of the output decide what is explained, and not only its shape.</summary>
    internal bool IsChosenByOutput { get; private init; }

    /// <summary>
    /// Whether the target is the same in the output of a longer or shorter input: it counts positions from the end.
    /// </summary>
    internal bool CountsFromTheEnd { get; private init; }

    /// <summary>The value that is explained: the weighted sum of each sample's output.</summary>
    /// <param name="output">A model's output, its first dimension that of the samples.</param>
    /// <returns>One value for each sample; a gradient goes back to the output.</returns>
    /// <exception cref="ArgumentException">The target does not fit the output's shape.</exception>
    public Tensor ScoreOf(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using var scope = NewDisposeScope();
        var weights = _weights(output.detach(), new BatchPart(0, output.shape[0], output.shape[0]));
        return output.mul(weights).reshape(output.shape[0], -1).sum(1).MoveToOuterDisposeScope();
    }

    /// <summary>The weights for an output, and which samples of the batch it is of.</summary>
    internal Tensor WeightsFor(Tensor output, BatchPart samples) => _weights(output, samples);

    private static Target Joined(Target one, Target other, string sign, Func<Tensor, Tensor, Tensor> weights)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return new Target(
            $"{one} {sign} {other}",
            (output, samples) => weights(one._weights(output, samples), other._weights(output, samples))
        )
        {
            IsChosenByOutput = one.IsChosenByOutput || other.IsChosenByOutput,
            CountsFromTheEnd = one.CountsFromTheEnd && other.CountsFromTheEnd,
        };
    }

    private static void ThrowIfNotFinite(Tensor values, string what)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        if (values.is_floating_point() && !values.isfinite().all().item<bool>())
        {
            throw new ArgumentException(
                $"The target's {what} of shape {Shape(values)} contain NaN or infinity, of which no sum "
                    + "can be explained.",
                what
            );
        }
    }

    private static Tensor OneHot(Tensor output, Tensor classes) =>
        nn.functional.one_hot(classes, output.shape[1]).to(output.dtype);

    private static Tensor CheckClasses(Tensor output) =>
        output.dim() == 2
            ? output
            : throw new ArgumentException(
                $"To explain a class, the model's output must have the shape (samples, classes); it has "
                    + $"{Shape(output)}. {Remedy(output)}"
            );

    private static string Remedy(Tensor output) =>
        output.dim() switch
        {
            1 => "Use Target.Entry() for the one output of each sample.",
            3 => "Use Target.Token(position, id) for a language model's logits, Target.Entry(i, j) for one entry, or "
                + "Target.Weights for a weighted sum.",
            _ =>
                "Use Target.Pixels(channel, mask) for a segmentation, Target.Entry(…) for one entry, or Target.Weights "
                    + "for a weighted sum.",
        };

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private static long CheckIndex(Tensor output, long index) =>
        index >= 0 && index < CheckClasses(output).shape[1]
            ? index
            : throw new ArgumentOutOfRangeException(
                nameof(index),
                index,
                $"The model's output has the classes 0 to {output.shape[1] - 1}."
            );
}
