using System.Collections;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Lrp.Core.Hooks;

/// <summary>
/// Finds and replaces the tensors in a module's arguments or result: bare, in tuples, lists, arrays and dictionaries,
/// and in the fields and properties of a user's own classes, structs and records.
/// </summary>
/// <remarks>
/// A tensor without a handle is skipped: MultiheadAttention returns one in place of weights that were not asked for.
/// </remarks>
internal static class TensorArguments
{
    private const int Deepest = 32;

    private static readonly IReadOnlySet<object> Nothing = new HashSet<object>();

    /// <summary>The tensors in <paramref name="value"/>, in order.</summary>
    /// <exception cref="NotSupportedException">The value holds itself.</exception>
    public static IEnumerable<Tensor> In(object? value) => In(value, Nothing);

    /// <summary>As <see cref="In(object?)"/>, without what is to be left as it is.</summary>
    /// <param name="value">What holds tensors.</param>
    /// <param name="left">Objects whose tensors are left out.</param>
    public static IEnumerable<Tensor> In(object? value, IReadOnlySet<object> left) => In(value, left, 0);

    /// <summary>The tensors in the arguments or the result of a model, without what is left as it is there.</summary>
    /// <param name="value">What holds tensors.</param>
    public static IEnumerable<Tensor> Copied(object? value) => In(value, UncopiedObjects.In(value));

    private static IEnumerable<Tensor> In(object? value, IReadOnlySet<object> left, int depth) =>
        value switch
        {
            Tensor tensor => tensor.IsInvalid ? [] : [tensor],
            null or string => [],
            _ when left.Contains(value) => [],
            _ when depth > Deepest => throw new NotSupportedException(
                $"Tensors in a {value.GetType().Name} that holds itself, or is nested deeper than {Deepest} "
                    + "levels, cannot "
                    + "carry relevance; pass or return the tensors in a tuple, a list or a dictionary."
            ),
            IEnumerable<Tensor?> tensors => tensors
                .Where(tensor => tensor is { IsInvalid: false })
                .Select(tensor => tensor!),
            ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => In(tuple[i], left, depth + 1)),
            IDictionary dictionary => dictionary.Values.Cast<object?>().SelectMany(item => In(item, left, depth + 1)),
            ICollection collection => collection.Cast<object?>().SelectMany(item => In(item, left, depth + 1)),
            IEnumerable => [],
            ReadOnlyMemory<Tensor> memory => In(memory.ToArray(), left, depth + 1),
            Memory<Tensor> memory => In(memory.ToArray(), left, depth + 1),
            _ => TensorFields.Of(value.GetType()).SelectMany(field => In(field.GetValue(value), left, depth + 1)),
        };

    /// <summary>
    /// The same value with its tensors replaced; <paramref name="replace"/> is called in the order of <see
    /// cref="In(object?)"/>. A value in which nothing changes is returned itself; what holds tensors is copied, and the
    /// original stays as it was.
    /// </summary>
    /// <exception cref="NotSupportedException">Something holds tensors that cannot be copied.</exception>
    public static object? Replace(object? value, Func<Tensor, Tensor> replace) => Replace(value, replace, Nothing);

    /// <summary>As <see cref="Replace(object?, Func{Tensor, Tensor})"/>, with some objects left as they are.</summary>
    /// <param name="value">What holds tensors.</param>
    /// <param name="replace">Gives the tensor in place of another.</param>
    /// <param name="left">The objects that stay as they are.</param>
    public static object? Replace(object? value, Func<Tensor, Tensor> replace, IReadOnlySet<object> left)
    {
        return value switch
        {
            Tensor tensor => tensor.IsInvalid ? tensor : replace(tensor),
            Tensor?[] array => Array.ConvertAll(
                array,
                tensor => tensor is { IsInvalid: false } ? replace(tensor) : tensor
            ),
            List<Tensor> list => list.ConvertAll(tensor => tensor is { IsInvalid: false } ? replace(tensor) : tensor),
            null or string => value,
            _ when !In(value, left).Any() => value,
            ITuple { Length: <= 7 } tuple => Activator.CreateInstance(
                tuple.GetType(),
                [.. Enumerable.Range(0, tuple.Length).Select(i => Replace(tuple[i], replace, left))]
            ),
            IDictionary dictionary => ReplaceInDictionary(dictionary, replace, left),
            Array array => ReplaceInArray(array, replace, left),
            IList list => ReplaceInList(list, replace, left),
            ReadOnlyMemory<Tensor> memory => new ReadOnlyMemory<Tensor>(Array.ConvertAll(memory.ToArray(), Replaced)),
            Memory<Tensor> memory => new Memory<Tensor>(Array.ConvertAll(memory.ToArray(), Replaced)),
            IEnumerable => throw new NotSupportedException(
                $"Tensors in a {value.GetType().Name} cannot carry relevance; pass an array, a List, a "
                    + "Dictionary, a tuple or a class with fields or properties."
            ),
            _ => ReplaceInFields(value, replace, left),
        };

        Tensor Replaced(Tensor tensor) => tensor is { IsInvalid: false } ? replace(tensor) : tensor;
    }

    /// <summary>
    /// Whether a value may hold tensors where they are not looked for: computed when asked for, as in <c>Lazy</c>,
    /// <c>Task</c>, a function or an iterator.
    /// </summary>
    public static bool MayHide(object? value) =>
        value is Delegate or Task or IEnumerable and not (string or ICollection)
        || (
            value?.GetType() is { IsGenericType: true } type
            && type.GetGenericArguments().Any(typeof(Tensor).IsAssignableFrom)
        );

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

    private static IDictionary ReplaceInDictionary(
        IDictionary dictionary,
        Func<Tensor, Tensor> replace,
        IReadOnlySet<object> left
    )
    {
        var copy = (IDictionary)Empty(dictionary);
        foreach (DictionaryEntry entry in dictionary)
        {
            copy.Add(entry.Key, Replace(entry.Value, replace, left));
        }

        return copy;
    }

    private static Array ReplaceInArray(Array array, Func<Tensor, Tensor> replace, IReadOnlySet<object> left)
    {
        if (array.Rank != 1)
        {
            throw new NotSupportedException(
                $"Tensors in an array of {array.Rank} dimensions cannot carry relevance; use an array of arrays."
            );
        }

        var copy = (Array)array.Clone();
        for (var i = 0; i < array.Length; i++)
        {
            copy.SetValue(Replace(array.GetValue(i), replace, left), i);
        }

        return copy;
    }

    private static IList ReplaceInList(IList list, Func<Tensor, Tensor> replace, IReadOnlySet<object> left)
    {
        var copy = (IList)Empty(list);
        foreach (var item in list)
        {
            copy.Add(Replace(item, replace, left));
        }

        return copy;
    }

    private static object Empty(object collection)
    {
        var type = collection.GetType();
        return type.GetConstructor(Type.EmptyTypes)?.Invoke(null)
            ?? throw new NotSupportedException(
                $"Tensors in a {type.Name}, which has no constructor without arguments, cannot carry relevance; "
                    + "pass an array, a List, a Dictionary or a tuple."
            );
    }

    private static object ReplaceInFields(object value, Func<Tensor, Tensor> replace, IReadOnlySet<object> left)
    {
        var fields = TensorFields.Of(value.GetType());
        if (fields.Count == 0)
        {
            throw new NotSupportedException(
                $"Tensors in a {value.GetType().Name} cannot carry relevance; pass or return them in a tuple, a "
                    + "list or a dictionary."
            );
        }

        var copy = TensorFields.Clone(value);
        foreach (var field in fields)
        {
            field.SetValue(copy, Replace(field.GetValue(value), replace, left));
        }

        return copy;
    }
}
