using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Lrp.Core.State;

/// <summary>Something that holds tensors and can be written to: an object, a list, an array or a dictionary.</summary>
internal abstract class StateContainer
{
    /// <summary>What it holds now, in a fixed order.</summary>
    public abstract object?[] Read();

    /// <summary>Puts back what <see cref="Read"/> returned.</summary>
    public abstract void Write(object?[] values);

    /// <summary>Puts back numbers and texts beside the tensors.</summary>
    public virtual void WritePlain() { }

    /// <summary>
    /// The containers of a value: of its entries, and of the fields of a user's own type; none where nothing could be
    /// put back.
    /// </summary>
    public static IEnumerable<StateContainer> Of(object value)
    {
        switch (value)
        {
            case nn.Module:
                break;
            case Array { Rank: 1 } array:
                yield return new OfList(array);
                yield break;
            case Array several:
                yield return new OfArray(several);
                yield break;
            case IDictionary { IsReadOnly: false } dictionary:
                yield return new OfDictionary(dictionary);
                break;
            case IList { IsReadOnly: false } list:
                yield return new OfList(list);
                break;
            case IEnumerable collection when OfCollection.AddingTo(collection.GetType()) is { } adding:
                yield return new OfCollection(collection, adding);
                break;
        }

        if (StateFields.Of(value.GetType()) is { Count: > 0 } fields)
        {
            yield return new OfObject(value, fields);
        }
    }

    /// <summary>Whether two values are the same, tuples and structs by what they hold, tensors by reference.</summary>
    public static bool Same(object? left, object? right)
    {
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        if (left is null || right is null || left.GetType() != right.GetType() || !left.GetType().IsValueType)
        {
            return left is string text && text.Equals(right as string, StringComparison.Ordinal);
        }

        if (left is ITuple tuple)
        {
            var other = (ITuple)right;
            return Enumerable.Range(0, tuple.Length).All(i => Same(tuple[i], other[i]));
        }

        var fields = StateFields.Of(left.GetType());
        return fields.Holding.Length == 0
            ? left.Equals(right)
            : fields.Holding.Concat(fields.Plain).All(field => Same(field.GetValue(left), field.GetValue(right)));
    }

    private sealed class OfObject(object owner, StateFields fields) : StateContainer
    {
        private readonly object?[] _plain = Array.ConvertAll(fields.Plain, field => field.GetValue(owner));

        public override object?[] Read() => Array.ConvertAll(fields.Holding, field => field.GetValue(owner));

        public override void Write(object?[] values) => Write(fields.Holding, values);

        public override void WritePlain() => Write(fields.Plain, _plain);

        private void Write(FieldInfo[] all, object?[] values)
        {
            for (var i = 0; i < all.Length; i++)
            {
                if (!Same(all[i].GetValue(owner), values[i]))
                {
                    all[i].SetValue(owner, values[i]);
                }
            }
        }
    }

    private sealed class OfList(IList list) : StateContainer
    {
        public override object?[] Read() => [.. list.Cast<object?>()];

        public override void Write(object?[] values)
        {
            while (list.Count > values.Length)
            {
                list.RemoveAt(list.Count - 1);
            }

            for (var i = 0; i < values.Length; i++)
            {
                if (i == list.Count)
                {
                    list.Add(values[i]);
                }
                else if (!Same(list[i], values[i]))
                {
                    list[i] = values[i];
                }
            }
        }
    }

    /// <summary>An array of several dimensions.</summary>
    private sealed class OfArray(Array array) : StateContainer
    {
        public override object?[] Read() => [.. array.Cast<object?>()];

        public override void Write(object?[] values)
        {
            for (var i = 0; i < values.Length; i++)
            {
                var rest = i;
                var indices = new int[array.Rank];
                for (var k = array.Rank - 1; k >= 0; k--)
                {
                    indices[k] = rest % array.GetLength(k);
                    rest /= array.GetLength(k);
                }

                if (!Same(array.GetValue(indices), values[i]))
                {
                    array.SetValue(values[i], indices);
                }
            }
        }
    }

    /// <summary>A queue, a stack, a linked list or a set, which is emptied and filled again.</summary>
    private sealed class OfCollection(IEnumerable collection, string adding) : StateContainer
    {
        private readonly Type _type = collection.GetType();

        /// <summary>The method that adds to a collection of a type; null for other types.</summary>
        public static string? AddingTo(Type type) =>
            !type.IsGenericType ? null
            : type.GetGenericTypeDefinition() is var open && open == typeof(Queue<>) ? nameof(Queue<int>.Enqueue)
            : open == typeof(Stack<>) ? nameof(Stack<int>.Push)
            : open == typeof(LinkedList<>) ? nameof(LinkedList<int>.AddLast)
            : open == typeof(HashSet<>) ? nameof(HashSet<int>.Add)
            : null;

        public override object?[] Read() => [.. collection.Cast<object?>()];

        public override void Write(object?[] values)
        {
            var now = Read();
            if (now.Length == values.Length && now.Zip(values).All(pair => Same(pair.First, pair.Second)))
            {
                return;
            }

            var add = _type.GetMethod(adding, _type.GetGenericArguments())!;
            _type.GetMethod(nameof(Queue<int>.Clear))!.Invoke(collection, null);
            foreach (var value in adding == nameof(Stack<int>.Push) ? values.Reverse() : values)
            {
                add.Invoke(collection, [value]);
            }
        }
    }

    /// <summary>Keys and values in turn.</summary>
    private sealed class OfDictionary(IDictionary dictionary) : StateContainer
    {
        public override object?[] Read()
        {
            var read = new List<object?>(2 * dictionary.Count);
            foreach (DictionaryEntry entry in dictionary)
            {
                read.Add(entry.Key);
                read.Add(entry.Value);
            }

            return [.. read];
        }

        public override void Write(object?[] values)
        {
            var now = Read();
            if (now.Length == values.Length && now.Zip(values).All(pair => Same(pair.First, pair.Second)))
            {
                return;
            }

            dictionary.Clear();
            for (var i = 0; i < values.Length; i += 2)
            {
                dictionary.Add(values[i]!, values[i + 1]);
            }
        }
    }
}
