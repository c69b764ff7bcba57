using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Lrp.Core.Interception;

/// <summary>
/// One call of one of libtorch's operators, on its way, as a handler of <see cref="OperatorInterception"/> sees it.
/// </summary>
/// <remarks>
/// The tensors in <see cref="Arguments"/>, and whatever a handler makes, live in a dispose scope that ends when the
/// handler has returned. A tensor to be kept for longer leaves it by <c>DetachFromDisposeScope()</c> or
/// <c>MoveToOuterDisposeScope()</c>.
/// </remarks>
public sealed unsafe class OperatorCall
{
    private const int MostResults = 64;

    private readonly OperatorSchema _schema;
    private readonly nint _call;

    internal OperatorCall(OperatorSchema schema, nint call, object?[] arguments)
    {
        _schema = schema;
        _call = call;
        Arguments = arguments;
    }

    /// <summary>What a handler returns to let the operator run unchanged.</summary>
    public static object LetThrough { get; } = new();

    /// <summary>The operator's name with its library, <c>aten::add</c>.</summary>
    public string Operator => _schema.Name;

    /// <summary>The overload's name, <c>Tensor</c>; empty for the only or the first one.</summary>
    public string Overload => _schema.Overload;

    /// <summary>Name and overload, <c>aten::add.Tensor</c>.</summary>
    public string FullName => _schema.FullName;

    /// <summary>
    /// The arguments in the order of the operator's schema, defaults filled in: <see cref="Tensor"/>, <see
    /// cref="long"/> (also data types, layouts and memory formats), <see cref="double"/>, <see cref="bool"/>, <see
    /// cref="string"/>, arrays of <see cref="long"/>, <see cref="double"/> and <see cref="bool"/>, <c>Tensor?[]</c>,
    /// <see cref="Device"/>, <see cref="System.Numerics.Complex"/>, <see cref="OpaqueValue"/>, or null.
    /// </summary>
    public IReadOnlyList<object?> Arguments { get; }

    /// <summary>The arguments' names in the operator's schema, <c>self</c>, <c>other</c>, <c>alpha</c>.</summary>
    public IReadOnlyList<string> ArgumentNames => _schema.ArgumentNames;

    /// <summary>
    /// Whether the operator is made of other operators, so that <see cref="Decompose"/> can take it apart.
    /// </summary>
    public bool IsComposite => _schema.IsComposite;

    /// <summary>The argument of a name, or null where the operator has none of it in this libtorch.</summary>
    public object? Argument(string name)
    {
        var position = Array.IndexOf(_schema.ArgumentNames, name);
        return position < 0 ? null : Arguments[position];
    }

    /// <summary>A number among the arguments, whatever its kind.</summary>
    /// <exception cref="InvalidOperationException">The argument is no number.</exception>
    public double GetDouble(string name) =>
        Argument(name) switch
        {
            long number => number,
            double number => number,
            bool truth => truth ? 1 : 0,
            var other => throw new InvalidOperationException(
                $"Argument '{name}' of {FullName} is {other?.GetType().Name ?? "missing"}, not a number."
            ),
        };

    /// <summary>Runs the operator on its own arguments, with interception off.</summary>
    /// <returns>
    /// Null where it has no result, the result where it has one, an <c>object?[]</c> where it has several.
    /// </returns>
    /// <exception cref="ExternalException">The operator failed.</exception>
    public object? Invoke() => Invoke(Arguments);

    /// <summary>Runs the operator on other arguments, with interception off.</summary>
    /// <param name="arguments">A value for each of the operator's arguments, in the schema's order.</param>
    /// <returns>
    /// Null where it has no result, the result where it has one, an <c>object?[]</c> where it has several.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A value of a kind that no operator takes, or too few or too many of them.
    /// </exception>
    /// <exception cref="ExternalException">The operator failed.</exception>
    public object? Invoke(IReadOnlyList<object?> arguments) => Run(_schema, 0, arguments);

    /// <summary>Whether the operator writes its result over its first argument, as <c>aten::add_</c> does.</summary>
    internal bool IsInPlace => Operator.EndsWith('_') && !Operator.EndsWith("__", StringComparison.Ordinal);

    /// <summary>
    /// Runs the operator, or of one that works in place its out-of-place form, with interception off.
    /// </summary>
    internal object? InvokeOutOfPlace(IReadOnlyList<object?> arguments) =>
        IsInPlace ? InvokeByName(Operator[..^1], Overload, [.. arguments]) : Invoke(arguments);

    /// <summary>
    /// Runs a function on the first argument. Where the operator works in place, the function gets a copy, and the
    /// result is written over the argument.
    /// </summary>
    internal Tensor OnFirst(Func<Tensor, Tensor> function)
    {
        var first = (Tensor)Arguments[0]!;
        if (!IsInPlace)
        {
            return function(first);
        }

        first.copy_(function(first.clone()));
        return first;
    }

    /// <summary>
    /// Runs the operator and cuts its results off from the graph. One that works in place leaves an argument behind
    /// that passes nothing on.
    /// </summary>
    /// <returns>As <see cref="Invoke()"/>.</returns>
    internal object? InvokeDetached()
    {
        return IsInPlace
            ? OnFirst(first => ((Tensor)InvokeOutOfPlace([first, .. Arguments.Skip(1)])!).detach())
            : Detached(Invoke());

        static object? Detached(object? results) =>
            results switch
            {
                Tensor tensor => tensor.detach(),
                Tensor?[] list => Array.ConvertAll(list, tensor => tensor?.detach()), // one result, which is a list
                object?[] several => Array.ConvertAll(several, Detached),
                _ => results,
            };
    }

    /// <summary>
    /// Runs a composite operator on its own arguments so that the operators it is made of are intercepted in turn.
    /// </summary>
    /// <returns>As <see cref="Invoke()"/>.</returns>
    /// <exception cref="InvalidOperationException">
    /// The operator is not composite, or its handler has returned already.
    /// </exception>
    /// <exception cref="ExternalException">An operator within failed.</exception>
    public object? Decompose()
    {
        if (!IsComposite)
        {
            throw new InvalidOperationException(
                $"{FullName} is not made of other operators and cannot be taken apart."
            );
        }

        if (!OperatorCallback.IsRunning(_call))
        {
            throw new InvalidOperationException($"{FullName} can be taken apart only while its handler runs.");
        }

        return Run(_schema, _call, Arguments);
    }

    /// <summary>Whether this libtorch has an operator.</summary>
    /// <param name="name">Its name, <c>aten::add</c>.</param>
    /// <param name="overload">Its overload; null for any.</param>
    public static bool Exists(string name, string? overload = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        fixed (
            byte* name8 = Utf8(name),
                overload8 = Utf8(overload ?? "")
        )
        {
            return overload is null
                ? NativeDispatch.Instance.Has(name8) != 0
                : NativeDispatch.Instance.Find(name8, overload8) != null;
        }
    }

    /// <summary>
    /// Whether this libtorch has an operator of a name as keys have it: <c>aten::add</c> or <c>aten::add.Tensor</c>.
    /// </summary>
    internal static bool ExistsByFullName(string name)
    {
        var point = name.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? Exists(name) : Exists(name[..point], name[(point + 1)..]);
    }

    /// <summary>Runs any operator by name, with interception off.</summary>
    /// <param name="name">Its name, <c>aten::add</c>.</param>
    /// <param name="overload">Its overload, <c>Tensor</c>; empty for the only one.</param>
    /// <param name="arguments">A value for each of the operator's arguments, in the schema's order.</param>
    /// <returns>
    /// Null where it has no result, the result where it has one, an <c>object?[]</c> where it has several.
    /// </returns>
    /// <exception cref="ArgumentException">There is no such operator.</exception>
    /// <exception cref="ExternalException">The operator failed.</exception>
    public static object? InvokeByName(string name, string overload, params object?[] arguments)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(overload);
        NativeOperator* found;
        fixed (
            byte* name8 = Utf8(name),
                overload8 = Utf8(overload)
        )
        {
            found = NativeDispatch.Instance.Find(name8, overload8);
        }

        if (found == null)
        {
            throw new ArgumentException(
                $"This libtorch has no operator {name}{(overload.Length == 0 ? "" : ".")}{overload}.",
                nameof(name)
            );
        }

        return Run(OperatorSchema.Of(found), 0, arguments);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{FullName}({string.Join(", ", Arguments.Zip(ArgumentNames, (value, name) => $"{name}: {Describe(value)}"))})";

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text + "\0");

    private static string Describe(object? value) =>
        value switch
        {
            null => "none",
            Tensor tensor => $"[{string.Join(", ", tensor.shape)}]",
            Tensor?[] tensors => $"{tensors.Length} tensors",
            Array array => $"[{string.Join(", ", array.Cast<object>())}]",
            _ => value.ToString() ?? "",
        };

    private static object? Run(OperatorSchema schema, nint call, IReadOnlyList<object?> arguments)
    {
        if (arguments.Count != schema.ArgumentNames.Length)
        {
            throw new ArgumentException(
                $"{schema.FullName} takes {schema.ArgumentNames.Length} arguments "
                    + $"({string.Join(", ", schema.ArgumentNames)}) and got {arguments.Count}.",
                nameof(arguments)
            );
        }
        var native = NativeDispatch.Instance;
        var values = new NativeValues(arguments.Count);
        try
        {
            foreach (var argument in arguments)
            {
                values.Add(argument);
            }

            _ = OperatorCallback.TakeFault();
            var results = stackalloc NativeValue[MostResults];
            var count =
                call == 0
                    ? native.Invoke(schema.Native, values.Pointer, values.Count, results, MostResults)
                    : native.Decompose(call, values.Pointer, values.Count, results, MostResults);
            if (count < 0)
            {
                throw OperatorCallback.TakeFault() ?? new ExternalException(native.Error());
            }

            GC.KeepAlive(arguments);
            if (count == 0)
            {
                return null;
            }

            if (count == 1)
            {
                return results[0].ToManaged();
            }

            var several = new object?[count];
            for (var k = 0; k < count; k++)
            {
                several[k] = results[k].ToManaged();
            }

            return several;
        }
        finally
        {
            values.Dispose();
        }
    }
}
