using Lrp.Checkpoints.Pickles;

namespace Lrp.Checkpoints.PyTorch;

/// <summary>The functions by which PyTorch's pickles describe tensors, in its module <c>torch._utils</c>.</summary>
internal static class TorchRebuild
{
    /// <summary>Of the first versions: storage, offset, shape, strides.</summary>
    public static object Tensor(List<object?> arguments) => Make(arguments, "_rebuild_tensor");

    /// <summary>Then also whether it is trained, hooks, and marks such as the conjugate bit.</summary>
    public static object Tensor2(List<object?> arguments)
    {
        const string Name = "_rebuild_tensor_v2";
        return arguments is [_, _, _, _, bool trained, _, .. var marks] && marks.Count <= 1
            ? Marked(Make(arguments, Name), trained, marks.Count > 0 ? marks[0] : null)
            : throw TorchValues.Wrong(Name);
    }

    /// <summary>With an element type of its own, for types without a class of storages.</summary>
    public static object Tensor3(List<object?> arguments)
    {
        const string Name = "_rebuild_tensor_v3";
        return
            arguments is [_, _, _, _, bool trained, _, TorchType type, .. var marks]
            && type != TorchType.Untyped
            && marks.Count <= 1
            ? Marked(Make(arguments, Name) with { Type = type }, trained, marks.Count > 0 ? marks[0] : null)
            : throw TorchValues.Wrong(Name);
    }

    /// <summary>A parameter: its tensor, whether it is trained, hooks.</summary>
    public static object Parameter(List<object?> arguments) =>
        arguments is [TorchTensor data, bool trained, _]
            ? data with
            {
                IsParameter = true,
                RequiresGrad = trained,
            }
            : throw TorchValues.Wrong("_rebuild_parameter");

    private static TorchTensor Make(List<object?> arguments, string name) =>
        arguments
            is [
                TorchStorage storage,
                long offset,
                PickleSequence { Items: var shape },
                PickleSequence { Items: var strides },
                ..,
            ]
        && shape.All(size => size is long)
        && strides.All(stride => stride is long)
            ? new TorchTensor(storage, storage.Type, offset, [.. shape.Cast<long>()], [.. strides.Cast<long>()])
            : throw TorchValues.Wrong(name);

    private static TorchTensor Marked(TorchTensor tensor, bool trained, object? marks)
    {
        if (marks is not null and not PickleDictionary)
        {
            throw TorchValues.Wrong("_rebuild_tensor_v2");
        }

        var conjugate = false;
        var negative = false;
        foreach (var (key, value) in (marks as PickleDictionary)?.Items ?? [])
        {
            switch (key, value)
            {
                case ("conj", bool set):
                    conjugate = set;
                    break;
                case ("neg", bool set):
                    negative = set;
                    break;
                default:
                    throw new InvalidDataException(
                        $"a tensor has the mark {PickleText.Show(key)}, whose meaning is not known here."
                    );
            }
        }

        return tensor with
        {
            Conjugate = conjugate,
            Negative = negative,
            RequiresGrad = trained,
        };
    }
}
