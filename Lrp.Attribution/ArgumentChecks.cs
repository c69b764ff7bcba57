using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>What cannot be explained is refused before it is tried, with the remedy.</summary>
internal static class ArgumentChecks
{
    /// <summary>Throws if the arguments do not fit together, or if none of them could get relevance.</summary>
    /// <param name="arguments">The arguments of a model.</param>
    /// <param name="hasEmbeddings">Whether the model could look integers up.</param>
    public static void ThrowIfUnexplainable(IReadOnlyList<ModelArgument> arguments, bool hasEmbeddings)
    {
        if (arguments.Count == 0)
        {
            throw new ArgumentException("A model needs at least one argument.", nameof(arguments));
        }

        for (var k = 0; k < arguments.Count; k++)
        {
            ArgumentNullException.ThrowIfNull(arguments[k]);
            CheckShape(arguments, k);
        }

        if (!arguments.Any(argument => argument.IsExplained) && !hasEmbeddings)
        {
            ThrowWithoutGradient(arguments);
        }

        var names = arguments.Where(argument => argument.Name is not null).GroupBy(argument => argument.Name);
        if (names.FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Two arguments have the name '{twice.Key}'.", nameof(arguments));
        }

        for (var k = 0; k < arguments.Count; k++)
        {
            if (arguments[k].IsExplained)
            {
                CheckFinite(arguments, k);
            }
        }
    }

    /// <summary>
    /// In training mode, dropout and batch norm make the output of a sample depend on random numbers and on the other
    /// samples.
    /// </summary>
    public static void ThrowIfTraining(nn.Module model)
    {
        foreach (var (name, module) in model.named_modules().Prepend((model.GetName(), model)))
        {
            var type = module.GetType().Name;
            if (
                module.training
                && (
                    type.Contains("Dropout", StringComparison.Ordinal)
                    || type.Contains("BatchNorm", StringComparison.Ordinal)
                )
            )
            {
                throw new InvalidOperationException(
                    $"'{name}' ({type}) is in training mode, so outputs depend on random numbers or on the batch. "
                        + "Call model.eval() first."
                );
            }
        }
    }

    private static string Name(IReadOnlyList<ModelArgument> arguments, int k) =>
        arguments.Count == 1 ? "input" : $"argument {(arguments[k].Name is { } name ? $"'{name}'" : $"{k}")}";

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private static void CheckShape(IReadOnlyList<ModelArgument> arguments, int k)
    {
        var value = arguments[k].Value;
        if (value.dim() < (arguments.Count == 1 ? 2 : 1))
        {
            throw new ArgumentException(
                $"The {Name(arguments, k)} must be a batch with the samples along the first dimension; it has the "
                    + $"shape {Shape(value)}. For one sample: input.unsqueeze(0)."
                    + (arguments.Count == 1 ? "" : " What is the same for all samples belongs into the function."),
                nameof(arguments)
            );
        }

        var first = arguments[0].Value;
        if (value.shape[0] != first.shape[0])
        {
            throw new ArgumentException(
                $"The {Name(arguments, k)} has the shape {Shape(value)}, and argument 0 {Shape(first)}: the first "
                    + "dimension of each must be the same samples. What is the same for all samples belongs into the "
                    + "function that runs the model.",
                nameof(arguments)
            );
        }
    }

    private static void ThrowWithoutGradient(IReadOnlyList<ModelArgument> arguments)
    {
        var types = string.Join(", ", arguments.Select(argument => argument.Value.dtype).Distinct());
        throw new ArgumentException(
            arguments.Count == 1
                ? $"The input is {types}, which has no gradient, and the model has no module of type Embedding that "
                    + "could look it up. Explain a floating point tensor that the model computes from it, such as an "
                    + "embedding, or convert it to a floating point type."
                : $"The arguments are {types}: none is a floating point tensor to explain, and the model has no module "
                    + "of type Embedding that could look integers up. Explain a floating point tensor, such as the "
                    + "embedded words.",
            nameof(arguments)
        );
    }

    private static void CheckFinite(IReadOnlyList<ModelArgument> arguments, int k)
    {
        using var scope = NewDisposeScope();
        var value = arguments[k].Value.detach();
        var finite = value.isfinite().reshape(value.shape[0], -1).all(1, false).cpu().data<bool>().ToArray();
        var bad = Array.IndexOf(finite, false);
        if (bad >= 0)
        {
            throw new ArgumentException(
                $"Sample {bad} of the {Name(arguments, k)} contains NaN or infinity and cannot be explained.",
                nameof(arguments)
            );
        }
    }
}
