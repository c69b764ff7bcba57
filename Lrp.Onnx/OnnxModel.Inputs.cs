using Lrp.Attribution;
using Lrp.Onnx.Format;
using static TorchSharp.torch;

namespace Lrp.Onnx;

/// <content>Whether given tensors fit the inputs of the graph, and in which element type they enter it.</content>
public sealed partial class OnnxModel
{
    /// <summary>Whole numbers that are features as numbers, which have a gradient.</summary>
    private ModelArgument Entered(ModelArgument input, int position) =>
        input.IsConstant
        || position >= InputNames.Count
        || input.Value.is_floating_point()
        || !_program.Entered.Contains(InputNames[position])
            ? input
            : new ModelArgument(
                input.Value.to_type(get_buffer("precision")!.dtype),
                input.Name ?? InputNames[position]
            );

    private void ThrowIfTooFew(IReadOnlyCollection<Tensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count != InputNames.Count)
        {
            throw new ArgumentException(
                $"The model takes {InputNames.Count} tensors ({string.Join(", ", InputNames)}), not {inputs.Count}.",
                nameof(inputs)
            );
        }
    }

    private Tensor Fitting(Tensor given, ValueDefinition input)
    {
        ArgumentNullException.ThrowIfNull(given);
        var shape = given.shape;
        var fits =
            input.Shape is not { } wanted
            || (
                wanted.Length == shape.Length
                && wanted.Zip(shape).All(pair => pair.First < 0 || pair.First == pair.Second)
            );
        if (!fits)
        {
            var sizes = string.Join(", ", input.Shape!.Select(size => size < 0 ? "?" : $"{size}"));
            throw new OnnxShapeException(
                $"The input '{input.Name}' has the shape [{sizes}], and is given a tensor of "
                    + $"[{string.Join(", ", shape)}]."
            );
        }

        var type = input.Type == 0 ? null : ElementType.Of(input.Type, $"Input '{input.Name}'");
        var isFloating = type?.IsFloating ?? given.is_floating_point();
        if (!isFloating && given.is_floating_point() && _program.Entered.Contains(input.Name))
        {
            return given;
        }

        if (type is not null && isFloating != given.is_floating_point())
        {
            throw new OnnxShapeException($"The input '{input.Name}' holds {type.Name}, and is given {given.dtype}.");
        }

        if (
            isFloating
            && _program.Evaluation.Floats is null
            && type is not null
            && given.dtype != type.Held
            && (given.dtype != get_buffer("precision")!.dtype || parameters().Any(each => each.dtype == type.Held))
        )
        {
            throw new OnnxShapeException(
                $"The input '{input.Name}' holds {type.Name}, and is given {given.dtype}. Give it a tensor of that "
                    + $"type, or load the model with the type {given.dtype}."
            );
        }

        return isFloating && _program.Evaluation.Floats is { } floats && given.dtype != floats ? given.to_type(floats)
            : !isFloating && type is not null && given.dtype != type.Held ? given.to_type(type.Held!.Value)
            : given;
    }
}
