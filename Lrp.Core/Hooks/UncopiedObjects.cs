using System.Collections;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Lrp.Core.Hooks;

/// <summary>
/// What a model may be given or return beside the tensors that are explained, and what must not be copied: a collection
/// that cannot be made anew, one with something to dispose, such as a cache of keys and values that the model goes on
/// with, and an object that holds itself.
/// </summary>
internal static class UncopiedObjects
{
    private const int Deepest = 24;

    /// <summary>The objects inside of a value that are left as they are; the value itself is none of them.</summary>
    public static IReadOnlySet<object> In(object? value)
    {
        var left = new HashSet<object>(ReferenceEqualityComparer.Instance);
        if (value is not (null or Tensor or string))
        {
            Visit(value, value, [], new HashSet<object>(ReferenceEqualityComparer.Instance), left);
        }

        return left;
    }

    private static void Visit(
        object whole,
        object? value,
        List<object> path,
        HashSet<object> seen,
        HashSet<object> left
    )
    {
        if (value is null or Tensor or string or IEnumerable<Tensor?> and (Array or List<Tensor>))
        {
            return;
        }

        if (value is not ValueType && !seen.Add(value))
        {
            if (path.Exists(other => ReferenceEquals(other, value)) && !ReferenceEquals(value, whole))
            {
                left.Add(value);
            }

            return;
        }

        if ((!IsCopied(value) || path.Count > Deepest) && !ReferenceEquals(value, whole))
        {
            left.Add(value);
            return;
        }

        path.Add(value);
        foreach (var item in Items(value))
        {
            Visit(whole, item, path, seen, left);
        }

        path.RemoveAt(path.Count - 1);
    }

    private static bool IsCopied(object value) =>
        value switch
        {
            ITuple => true,
            Array array => array.Rank == 1,
            IDictionary or IList => value is not IDisposable
                && value.GetType().GetConstructor(Type.EmptyTypes) is not null,
            IEnumerable => false,
            _ => true,
        };

    private static IEnumerable<object?> Items(object value) =>
        value switch
        {
            ITuple tuple => Enumerable.Range(0, tuple.Length).Select(i => tuple[i]),
            IDictionary dictionary => dictionary.Values.Cast<object?>(),
            ICollection collection => collection.Cast<object?>(),
            IEnumerable => [],
            _ => TensorFields.Of(value.GetType()).Select(field => field.GetValue(value)),
        };
}
