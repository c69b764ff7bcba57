using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Lrp.Core.Hooks;

/// <summary>
/// Finds and replaces the tensors in a module's arguments or result: bare, in tuples, in arrays and in lists.
/// </summary>
/// <remarks>
/// A tensor without a handle, as MultiheadAttention returns in place of weights that nobody needs, is none.
/// </remarks>
internal static class TensorArguments
{
    /// <summary>The tensors in <paramref name="value"/>, in order.</summary>
    public static IEnumerable<Tensor> In(object? value)
    {
        switch (value)
        {
            case Tensor tensor:
                if (!tensor.IsInvalid)
                {
                    yield return tensor;
                }

                break;
            case ITuple tuple:
                for (var i = 0; i < tuple.Length; i++)
                {
                    foreach (var inner in In(tuple[i]))
                    {
                        yield return inner;
                    }
                }

                break;
            case IEnumerable<Tensor?> tensors:
                foreach (var tensor in tensors)
                {
                    if (tensor is { IsInvalid: false })
                    {
                        yield return tensor;
                    }
                }

                break;
        }
    }

    /// <summary>
    /// The same value with its tensors replaced; <paramref name="replace"/> is called in the order of
    /// <see cref="In"/>. A value in which nothing changes is returned itself.
    /// </summary>
    public static object? Replace(object? value, Func<Tensor, Tensor> replace)
    {
        switch (value)
        {
            case Tensor tensor:
                return tensor.IsInvalid ? tensor : replace(tensor);
            case ITuple tuple:
                return ReplaceInTuple(tuple, replace);
            case Tensor?[] array:
                return array.Select(tensor => tensor is { IsInvalid: false } ? replace(tensor) : tensor).ToArray();
            case List<Tensor> list:
                return list.Select(tensor => tensor is { IsInvalid: false } ? replace(tensor) : tensor).ToList();
            case IEnumerable<Tensor?> tensors:
                return ReplaceInSequence(value, tensors, replace);
            default:
                return value;
        }
    }

    /// <summary><see cref="Replace(object?, Func{Tensor, Tensor})"/> over a list of arguments.</summary>
    public static object?[] Replace(object?[] values, Func<Tensor, Tensor> replace)
    {
        var result = new object?[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            result[i] = Replace(values[i], replace);
        }

        return result;
    }

    private static object ReplaceInTuple(ITuple tuple, Func<Tensor, Tensor> replace)
    {
        if (!In(tuple).Any())
        {
            return tuple;
        }

        var items = Enumerable.Range(0, tuple.Length).Select(i => Replace(tuple[i], replace)).ToArray();
        return tuple.Length <= 7
            ? Activator.CreateInstance(tuple.GetType(), items)!
            : throw new NotSupportedException(
                $"A tuple of {tuple.Length} items cannot carry relevance; use at most 7."
            );
    }

    private static object ReplaceInSequence(object value, IEnumerable<Tensor?> tensors, Func<Tensor, Tensor> replace)
    {
        var replaced = tensors.Select(tensor => tensor is { IsInvalid: false } ? replace(tensor) : tensor!).ToList();
        return replaced.Count == 0
            ? value
            : throw new NotSupportedException(
                $"Tensors in a {value.GetType().Name} cannot carry relevance; pass an array, a List<Tensor> or a tuple."
            );
    }
}
