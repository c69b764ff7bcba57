using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>
/// One recorded call of a libtorch operator with its arguments; it can be run again with other arguments.
/// </summary>
public sealed class Operation
{
    private readonly OperatorCall _call;
    private readonly object?[] _arguments;

    internal Operation(OperatorCall call)
    {
        _call = call;
        _arguments = [.. call.Arguments];
        foreach (var argument in _arguments)
        {
            Keep(argument);
        }

        Name = NameOf(call);
        InPlace = call.IsInPlace;
    }

    /// <summary>
    /// The operator's name without the library and the in-place underscore: <c>relu</c> for <c>aten::relu_</c>.
    /// </summary>
    public string Name { get; }

    /// <summary>The operator's overload; empty for the default overload.</summary>
    public string Overload => _call.Overload;

    /// <summary>Whether the operator changes its first argument.</summary>
    public bool InPlace { get; }

    /// <summary>The path of the module in whose forward the operator ran; empty for the model itself.</summary>
    public string Module { get; internal set; } = string.Empty;

    /// <summary>The values of the arguments. Arguments that have parts are given as the true tensor.</summary>
    public IReadOnlyList<object?> Arguments => _arguments;

    /// <summary>Gets an argument by its name in libtorch's schema.</summary>
    /// <param name="argument">For example <c>dim</c>.</param>
    /// <returns>Its value, or null if the operator has no such argument.</returns>
    public object? this[string argument]
    {
        get
        {
            var position = Position(argument);
            return position < 0 ? null : _arguments[position];
        }
    }

    /// <summary>Whether the operator has an argument of this name.</summary>
    /// <param name="argument">For example <c>dim</c>.</param>
    public bool Has(string argument) => Position(argument) >= 0;

    /// <summary>Gets an integer argument.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="otherwise">The value that stands for a missing or empty argument.</param>
    public long GetInt64(string argument, long otherwise = 0) =>
        this[argument] switch
        {
            long number => number,
            int number => number,
            double number => (long)number,
            bool truth => truth ? 1 : 0,
            null => otherwise,
            var other => throw Unexpected(argument, other),
        };

    /// <summary>Gets a floating point argument.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="otherwise">The value that stands for a missing or empty argument.</param>
    public double GetDouble(string argument, double otherwise = 0) =>
        this[argument] switch
        {
            double number => number,
            long number => number,
            int number => number,
            bool truth => truth ? 1 : 0,
            null => otherwise,
            var other => throw Unexpected(argument, other),
        };

    /// <summary>Gets a Boolean argument.</summary>
    /// <param name="argument">Its name.</param>
    public bool GetBool(string argument) =>
        this[argument] switch
        {
            bool truth => truth,
            long number => number != 0,
            null => false,
            var other => throw Unexpected(argument, other),
        };

    /// <summary>Gets a list of integers; a single integer counts as a list of one.</summary>
    /// <param name="argument">Its name.</param>
    /// <returns>The list, or null if the argument is missing.</returns>
    public long[]? GetInt64Array(string argument) =>
        this[argument] switch
        {
            long[] numbers => numbers,
            long number => [number],
            null => null,
            var other => throw Unexpected(argument, other),
        };

    /// <summary>Runs the operator with some arguments replaced.</summary>
    /// <param name="replaced">Pairs of an argument's name and its new value.</param>
    /// <returns>The same as <see cref="OperatorCall.Invoke()"/>.</returns>
    public object? Invoke(params ReadOnlySpan<(string Argument, object? Value)> replaced)
    {
        object?[] given = [.. _arguments];
        foreach (var (argument, value) in replaced)
        {
            var position = Position(argument);
            if (position < 0)
            {
                throw new ArgumentException($"{_call.FullName} has no argument '{argument}'.", nameof(replaced));
            }

            given[position] = value;
        }

        if (InPlace && given[0] is Tensor changed)
        {
            given[0] = changed.clone();
        }

        return _call.Invoke(given);
    }

    /// <summary>Runs the operator with another first argument; for operators that return one tensor.</summary>
    /// <param name="first">The tensor that replaces the first argument.</param>
    public Tensor On(Tensor first) => Single(Invoke((_call.ArgumentNames[0], first)));

    /// <summary>Gets the single tensor that an operator returned.</summary>
    internal static Tensor Single(object? result) =>
        result switch
        {
            Tensor tensor => tensor,
            object?[] { Length: > 0 } several when several[0] is Tensor tensor => tensor,
            _ => throw new InvalidOperationException("The operator returned no tensor."),
        };

    /// <summary>Gets all tensors that an operator returned, those in lists included.</summary>
    internal static Tensor?[] Tensors(object? result) =>
        result switch
        {
            Tensor tensor => [tensor],
            Tensor?[] list => list,
            object?[] several => [.. several.SelectMany(one => one is null ? [null] : Tensors(one))],
            _ => [],
        };

    internal static string NameOf(OperatorCall call)
    {
        var name = call.Operator;
        var colon = name.LastIndexOf(':');
        return name[(colon + 1)..].TrimEnd('_') is { Length: > 0 } bare ? bare : name;
    }

    /// <summary>The operator's full name, for messages.</summary>
    public override string ToString() =>
        Module.Length == 0 ? $"{_call.FullName} in the model itself" : $"{_call.FullName} in module '{Module}'";

    internal static void Keep(object? value)
    {
        switch (value)
        {
            case Tensor tensor:
                tensor.DetachFromDisposeScope();
                break;
            case Tensor?[] tensors:
                foreach (var tensor in tensors)
                {
                    tensor?.DetachFromDisposeScope();
                }

                break;
        }
    }

    /// <summary>Frees the handles of the arguments, which were kept for the replay.</summary>
    internal void FreeArguments()
    {
        foreach (var tensor in _call.Arguments.SelectMany(argument => Tensors(argument)))
        {
            tensor?.Dispose();
        }
    }

    /// <summary>Replaces a tensor among the arguments by a copy, because it is about to be overwritten.</summary>
    internal void Replace(int position, int index, Tensor copy)
    {
        if (_arguments[position] is Tensor?[] list)
        {
            var copied = (Tensor?[])list.Clone();
            copied[index] = copy;
            _arguments[position] = copied;
        }
        else
        {
            _arguments[position] = copy;
        }
    }

    internal int PositionOf(string argument) => Position(argument);

    private int Position(string argument)
    {
        var names = _call.ArgumentNames;
        for (var k = 0; k < names.Count; k++)
        {
            if (names[k] == argument)
            {
                return k;
            }
        }

        return -1;
    }

    private InvalidOperationException Unexpected(string argument, object other) =>
        new($"Argument '{argument}' of {this} is a {other.GetType().Name}, which decomposition does not support.");
}
