using Lrp.Attribution;
using Lrp.Onnx;
using Lrp.Pictures;
using static TorchSharp.torch;

namespace ExplainOnnx;

/// <summary>Makes what a model takes of what the arguments name.</summary>
internal sealed class ModelInputs(OnnxModel model, Options options)
{
    private const int UsualSide = 224;

    /// <summary>The arguments, in the order of the model's inputs.</summary>
    /// <exception cref="ArgumentException">An input that is needed has no value.</exception>
    public ModelArgument[] Read()
    {
        if (options.Tokens is { } ids)
        {
            return OfTokens(ids);
        }

        var first = model.Inputs[0];
        var given =
            options.Json is { } json ? JsonInput.Load(json, first.Name)
            : options.Npy is { } npy ? new Dictionary<string, Tensor> { [first.Name] = NpyFile.Load(npy) }
            : new Dictionary<string, Tensor> { [first.Name] = OfImage(first, Picture.Load(options.Image!)) };
        return
        [
            .. model.Inputs.Select(input =>
                given.TryGetValue(input.Name, out var value)
                    ? new ModelArgument(Fitting(value, input), input.Name)
                    : throw new ArgumentException(
                        $"The input '{input.Name}' has no value. The model's inputs are {Names()}; give them all by "
                            + "--json."
                    )
            ),
        ];
    }

    /// <summary>Ids for the first input of whole numbers; ones for a mask, zeros for segments.</summary>
    private ModelArgument[] OfTokens(long[] ids)
    {
        var of = model.Inputs.FirstOrDefault(input => input.ScalarType is ScalarType.Int64 or ScalarType.Int32);
        if (of is null)
        {
            throw new ArgumentException($"No input of the model takes whole numbers; its inputs are {Names()}.");
        }

        return
        [
            .. model.Inputs.Select(input =>
                input == of ? new ModelArgument(Row(ids, input), input.Name) : ModelArgument.Constant(Beside(input))
            ),
        ];

        Tensor Beside(OnnxValue input)
        {
            var isPositions = input.Name.Contains("position", StringComparison.OrdinalIgnoreCase);
            var isMask = input.Name.Contains("mask", StringComparison.OrdinalIgnoreCase);
            return Row(
                [
                    .. ids.Select(
                        (_, place) =>
                            isPositions ? place
                            : isMask ? 1L
                            : 0
                    ),
                ],
                input
            );
        }
    }

    private static Tensor Row(long[] values, OnnxValue input) =>
        tensor(values).unsqueeze(0).to_type(input.ScalarType ?? ScalarType.Int64);

    /// <summary>The part in the middle, in the input's size, normalized; bytes where the model takes bytes.</summary>
    private Tensor OfImage(OnnxValue input, Picture picture)
    {
        var shape = input.Shape ?? [-1, 3, -1, -1];
        if (shape.Count != 4)
        {
            throw new ArgumentException(
                $"The input '{input.Name}' takes no images; give it an array by --npy or --json."
            );
        }

        var hasChannelsLast = shape[3] is 1 or 3 && shape[1] is not (1 or 3);
        var (height, width) = hasChannelsLast ? (shape[1], shape[2]) : (shape[2], shape[3]);
        var cut = InputPicture.CenterCrop(picture, Side(width), Side(height));
        var isOfBytes = input.ScalarType == ScalarType.Byte;
        var image = isOfBytes
            ? InputPicture.ToTensor(cut).mul(255).round().to_type(ScalarType.Byte)
            : InputPicture.ToTensor(cut, options.Mean, options.Deviation);
        if (shape[hasChannelsLast ? 3 : 1] == 1)
        {
            image = image.to_type(ScalarType.Float32).mean([0L], keepdim: true).to_type(image.dtype);
        }

        return hasChannelsLast ? image.permute(1, 2, 0) : image;
    }

    /// <summary>In the input's type, with a dimension for samples where only that is missing.</summary>
    private static Tensor Fitting(Tensor value, OnnxValue input)
    {
        var typed = input.ScalarType is { } type ? value.to_type(type) : value;
        return typed.dim() + 1 == input.Shape?.Count ? typed.unsqueeze(0) : typed;
    }

    private string Names() => string.Join(", ", model.Inputs.Select(input => $"'{input.Name}'"));

    private static int Side(long size) => size > 0 ? (int)size : UsualSide;
}
