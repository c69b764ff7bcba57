using Lrp.Core.Functions;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>One call of one of libtorch's operators, recorded with its arguments, that can be run again on others.</summary>
public sealed class Operation
{
    private readonly OperatorCall call;
    private readonly object?[] arguments;

    internal Operation(OperatorCall call)
    {
        this.call = call;
        arguments = [.. call.Arguments];
        foreach (var argument in arguments)
        {
            Keep(argument);
        }

        Name = NameOf(call);
        InPlace = IsInPlace(call);
    }

    /// <summary>The operator's name without library and in-place mark: <c>relu</c> for <c>aten::relu_</c>.</summary>
    public string Name { get; }

    /// <summary>The operator's overload, empty for the first.</summary>
    public string Overload => call.Overload;

    /// <summary>Whether the operator changes its first argument.</summary>
    public bool InPlace { get; }

    /// <summary>The path of the module in whose forward it ran; empty for the model itself.</summary>
    public string Module { get; internal set; } = string.Empty;

    /// <summary>The arguments' values; entries that carry parts still hold the true tensor.</summary>
    public IReadOnlyList<object?> Arguments => arguments;

    /// <summary>An argument by its name in libtorch's schema.</summary>
    /// <param name="argument">For example <c>dim</c>.</param>
    /// <returns>Its value, or null where the operator has no such argument.</returns>
    public object? this[string argument]
    {
        get
        {
            var position = Position(argument);
            return position < 0 ? null : arguments[position];
        }
    }

    /// <summary>Whether the operator has an argument of this name.</summary>
    /// <param name="argument">For example <c>dim</c>.</param>
    public bool Has(string argument) => Position(argument) >= 0;

    /// <summary>An integer argument.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="otherwise">What a missing or empty argument means.</param>
    public long Integer(string argument, long otherwise = 0) => this[argument] switch
    {
        long number => number,
        int number => number,
        double number => (long)number,
        bool truth => truth ? 1 : 0,
        null => otherwise,
        var other => throw Unexpected(argument, other),
    };

    /// <summary>A number among the arguments.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="otherwise">What a missing or empty argument means.</param>
    public double Number(string argument, double otherwise = 0) => this[argument] switch
    {
        double number => number,
        long number => number,
        int number => number,
        bool truth => truth ? 1 : 0,
        null => otherwise,
        var other => throw Unexpected(argument, other),
    };

    /// <summary>A truth value among the arguments.</summary>
    /// <param name="argument">Its name.</param>
    public bool Truth(string argument) => this[argument] switch
    {
        bool truth => truth,
        long number => number != 0,
        null => false,
        var other => throw Unexpected(argument, other),
    };

    /// <summary>A list of integers; a single integer counts as a list of one.</summary>
    /// <param name="argument">Its name.</param>
    /// <returns>The list, or null where the argument is missing.</returns>
    public long[]? Integers(string argument) => this[argument] switch
    {
        long[] numbers => numbers,
        long number => [number],
        null => null,
        var other => throw Unexpected(argument, other),
    };

    /// <summary>Runs the operator with some arguments replaced.</summary>
    /// <param name="replaced">Pairs of an argument's name and its new value.</param>
    /// <returns>As <see cref="OperatorCall.Invoke()"/>.</returns>
    public object? Invoke(params ReadOnlySpan<(string Argument, object? Value)> replaced)
    {
        object?[] given = [.. arguments];
        foreach (var (argument, value) in replaced)
        {
            var position = Position(argument);
            if (position < 0)
            {
                throw new ArgumentException($"{call.FullName} has no argument '{argument}'.", nameof(replaced));
            }

            given[position] = value;
        }

        if (InPlace && given[0] is Tensor changed)
        {
            given[0] = changed.clone();
        }

        return call.Invoke(given);
    }

    /// <summary>Runs the operator on another first argument; for operators with one tensor result.</summary>
    /// <param name="first">Takes the place of the first argument.</param>
    public Tensor On(Tensor first) => Single(Invoke((call.ArgumentNames[0], first)));

    /// <summary>The one tensor among an operator's results.</summary>
    internal static Tensor Single(object? result) => result switch
    {
        Tensor tensor => tensor,
        object?[] { Length: > 0 } several when several[0] is Tensor tensor => tensor,
        _ => throw new InvalidOperationException("The operator returned no tensor."),
    };

    /// <summary>All tensors among an operator's results, lists unpacked.</summary>
    internal static Tensor?[] Tensors(object? result) => result switch
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

    internal static bool IsInPlace(OperatorCall call) => call.Operator.EndsWith('_') && !call.Operator.EndsWith("__", StringComparison.Ordinal);

    /// <summary>The operator's full name, for messages.</summary>
    public override string ToString() => Module.Length == 0 ? $"{call.FullName} in the model itself" : $"{call.FullName} in module '{Module}'";

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

    internal int PositionOf(string argument) => Position(argument);

    private int Position(string argument)
    {
        var names = call.ArgumentNames;
        for (var k = 0; k < names.Count; ++k)
        {
            if (names[k] == argument)
            {
                return k;
            }
        }

        return -1;
    }

    private InvalidOperationException Unexpected(string argument, object other) =>
        new($"Argument '{argument}' of {this} is a {other.GetType().Name}, which decomposition does not expect there.");
}
