using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>One call of a function, as a <see cref="FunctionRule"/> sees it on the way back.</summary>
public sealed class FunctionCall
{
    private readonly Func<string, object?> _argument;

    internal FunctionCall(
        string name,
        IReadOnlyList<Tensor> operands,
        IReadOnlyList<bool> takesRelevance,
        Tensor output,
        Tensor relevance,
        Func<string, object?> argument
    )
    {
        Name = name;
        Operands = operands;
        TakesRelevance = takesRelevance;
        Output = output;
        Relevance = relevance;
        _argument = argument;
    }

    /// <summary>The operator's name and overload, <c>aten::add.Tensor</c>.</summary>
    public string Name { get; }

    /// <summary>The tensors among the arguments, in order, lists unpacked. Not to be changed in place.</summary>
    public IReadOnlyList<Tensor> Operands { get; }

    /// <summary>Which operands take relevance; the others are constants.</summary>
    public IReadOnlyList<bool> TakesRelevance { get; }

    /// <summary>The function's value. Not to be changed in place.</summary>
    public Tensor Output { get; }

    /// <summary>Relevance of the value, in its shape. Not to be changed in place.</summary>
    public Tensor Relevance { get; }

    /// <summary>An argument that is no tensor: a number, a truth value, a text, or an array of them.</summary>
    /// <param name="name">Its name in the operator's schema, such as <c>dim</c>.</param>
    /// <returns>The argument; null where the operator has none of that name, or it was left out.</returns>
    public object? Argument(string name) => _argument(name);
}
