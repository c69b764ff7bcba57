using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Lrp.Checkpoints.Gguf;

namespace Lrp.Checkpoints;

/// <summary>
/// The metadata of a GGUF file: what the model is, its numbers, and its tokenizer, by keys such as
/// <c>llama.block_count</c>.
/// </summary>
/// <remarks>
/// A value is a number (byte to ulong, float, double), a bool, a string, or an array of one of these; of arrays in an
/// array an <c>object[]</c>. The methods that convert throw a <see cref="GgufModelException"/> that names the key if it
/// is missing or is no such value.
/// </remarks>
public sealed class GgufMetadata : IReadOnlyDictionary<string, object>
{
    private readonly IReadOnlyDictionary<string, object> _values;

    internal GgufMetadata(IReadOnlyDictionary<string, object> values) => _values = values;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _values.Keys;

    /// <inheritdoc/>
    public IEnumerable<object> Values => _values.Values;

    /// <inheritdoc/>
    public int Count => _values.Count;

    /// <summary>The value of a key, as it is in the file.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="GgufModelException">There is no such key.</exception>
    public object this[string key] =>
        _values.TryGetValue(key, out var value)
            ? value
            : throw new GgufModelException($"The GGUF file's metadata has no key '{key}', which is needed.");

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    public string Text(string key) => Convert(key, "a text", value => value as string);

    /// <summary>A whole number of any size.</summary>
    /// <param name="key">The key.</param>
    public long Integer(string key) => Convert(key, "a whole number", WholeNumber);

    /// <summary>A number.</summary>
    /// <param name="key">The key.</param>
    public double Real(string key) => Convert(key, "a number", RealNumber);

    /// <summary>A truth value.</summary>
    /// <param name="key">The key.</param>
    public bool Flag(string key) => Convert(key, "a bool", value => value as bool?);

    /// <summary>Texts.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<string> Texts(string key) => Convert(key, "an array of texts", value => value as string[]);

    /// <summary>Whole numbers.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<long> Integers(string key) =>
        Convert(key, "an array of whole numbers", value => All(value, WholeNumber));

    /// <summary>Numbers.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<double> Reals(string key) =>
        Convert(key, "an array of numbers", value => All(value, RealNumber));

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object value) => _values.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _values.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T Convert<T>(string key, string wanted, Func<object, T?> convert)
        where T : class => convert(this[key]) ?? throw Unfit(key, wanted);

    private T Convert<T>(string key, string wanted, Func<object, T?> convert)
        where T : struct => convert(this[key]) ?? throw Unfit(key, wanted);

    private GgufModelException Unfit(string key, string wanted) =>
        new($"The key '{key}' of the GGUF file is of type {GgufValues.TypeName(this[key])}, where {wanted} is needed.");

    private static T[]? All<T>(object value, Func<object, T?> convert)
        where T : struct
    {
        if (value is not Array array || value is object[])
        {
            return null;
        }

        var items = new T[array.Length];
        for (var i = 0; i < items.Length; i++)
        {
            if (convert(array.GetValue(i)!) is not { } item)
            {
                return null;
            }

            items[i] = item;
        }

        return items;
    }

    private static long? WholeNumber(object value) =>
        value switch
        {
            byte number => number,
            sbyte number => number,
            ushort number => number,
            short number => number,
            uint number => number,
            int number => number,
            long number => number,
            ulong number when number <= long.MaxValue => (long)number,
            _ => null,
        };

    private static double? RealNumber(object value) =>
        value switch
        {
            float number => number,
            double number => number,
            _ => WholeNumber(value),
        };
}
