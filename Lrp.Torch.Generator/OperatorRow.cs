using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lrp.Torch.Generator;

/// <summary>A parameter of a row's signature, as far as the emitted body depends on it.</summary>
internal sealed record RowParameter(string Name, string Type);

/// <summary>One row of an operator table: a signature, and the operator or the expression that it stands for.</summary>
internal sealed class OperatorRow
{
    private OperatorRow(string container, int line, string summary, string signature)
    {
        Container = container;
        Line = line;
        Summary = summary;
        Signature = signature;
    }

    /// <summary>The class the member goes into, without the namespace: <c>torch.nn.functional</c>.</summary>
    public string Container { get; }

    /// <summary>Where the row starts in its table, counted from one.</summary>
    public int Line { get; }

    /// <summary>The row's own summary; empty for the one that is made from the operator's name.</summary>
    public string Summary { get; }

    /// <summary>The C# signature, as it stands in the row.</summary>
    public string Signature { get; }

    /// <summary>The return type, as it stands in the signature.</summary>
    public string ReturnType { get; private set; } = string.Empty;

    /// <summary>Whether the member is static.</summary>
    public bool IsStatic { get; private set; }

    /// <summary>The signature's parameters.</summary>
    public IReadOnlyList<RowParameter> Parameters { get; private set; } = Array.Empty<RowParameter>();

    /// <summary>The body of a forwarding row; null for a row that calls an operator.</summary>
    public string? Expression { get; private set; }

    /// <summary>The operator's name without the namespace <c>aten</c>.</summary>
    public string Operator { get; private set; } = string.Empty;

    /// <summary>The operator's overload; empty for the default one.</summary>
    public string Overload { get; private set; } = string.Empty;

    /// <summary>The C# expressions handed to the operator, in schema order.</summary>
    public IReadOnlyList<string> Arguments { get; private set; } = Array.Empty<string>();

    /// <summary>Whether the operator changes its first argument, which is then what the method returns.</summary>
    public bool IsInPlace =>
        Operator.EndsWith("_", StringComparison.Ordinal) && !Operator.StartsWith("__", StringComparison.Ordinal);

    /// <summary>Reads a row; on failure <paramref name="problem"/> says what is wrong with it.</summary>
    public static bool TryParse(
        string container, int line, string summary, string text, out OperatorRow? row, out string? problem)
    {
        row = null;
        var (at, forwards) = FindBody(text);
        if (at < 0)
        {
            problem = "A row is 'signature = operator(arguments)' or 'signature => expression': " + text;
            return false;
        }

        var signature = text.Substring(0, at).Trim();
        var body = text.Substring(at + (forwards ? 2 : 1)).Trim();
        var parsed = new OperatorRow(container, line, summary, signature);
        problem = parsed.ReadSignature() ?? (forwards ? parsed.ReadExpression(body) : parsed.ReadCall(body));
        row = problem is null ? parsed : null;
        return problem is null;
    }

    // The body starts at the first '=>' outside brackets, or at the first '=' after the parameter list's ')'.
    private static (int At, bool Forwards) FindBody(string text)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '(' or '[')
            {
                depth++;
            }
            else if (c is ')' or ']')
            {
                depth--;
            }
            else if (depth == 0 && c == '=' && i > 0)
            {
                if (i + 1 < text.Length && text[i + 1] == '>')
                {
                    return (i, true);
                }

                if (text.Substring(0, i).TrimEnd().EndsWith(")", StringComparison.Ordinal))
                {
                    return (i, false);
                }
            }
        }

        return (-1, false);
    }

    private string? ReadSignature()
    {
        // A property is parsed with an accessor list, a method without a body.
        var isProperty = !Signature.EndsWith(")", StringComparison.Ordinal);
        var member = SyntaxFactory.ParseMemberDeclaration(Signature + (isProperty ? " { get; }" : ";"));
        if (member is null || member.ContainsDiagnostics)
        {
            var detail = member?.GetDiagnostics().FirstOrDefault()?.GetMessage() ?? "not a member declaration";
            return "The signature is not C# (" + detail + "): " + Signature;
        }

        IsStatic = member.Modifiers.Any(SyntaxKind.StaticKeyword);
        switch (member)
        {
            case PropertyDeclarationSyntax property:
                ReturnType = property.Type.ToString();
                break;
            case MethodDeclarationSyntax method:
                ReturnType = method.ReturnType.ToString();
                break;
            case OperatorDeclarationSyntax operation:
                ReturnType = operation.ReturnType.ToString();
                break;
            case ConversionOperatorDeclarationSyntax conversion:
                ReturnType = conversion.Type.ToString();
                break;
            default:
                return "The signature is neither a method, an operator nor a property: " + Signature;
        }

        if (member is BaseMethodDeclarationSyntax withParameters)
        {
            Parameters = withParameters.ParameterList.Parameters
                .Select(p => new RowParameter(p.Identifier.Text, p.Type?.ToString() ?? string.Empty))
                .ToArray();
        }

        return null;
    }

    private string? ReadExpression(string body)
    {
        if (SyntaxFactory.ParseExpression(body).ContainsDiagnostics)
        {
            return "The part after '=>' is not a C# expression: " + body;
        }

        Expression = body;
        return null;
    }

    private string? ReadCall(string body)
    {
        var open = body.IndexOf('(');
        // An operator's or overload's name may be a word of C# ("int", "out"), so only the arguments are parsed.
        var invocation = open > 0 ? SyntaxFactory.ParseExpression("call" + body.Substring(open)) as InvocationExpressionSyntax : null;
        if (invocation is null || invocation.ContainsDiagnostics)
        {
            return "The part after '=' is not 'operator(arguments)': " + body;
        }

        var name = body.Substring(0, open).Trim();
        var dot = name.IndexOf('.');
        Operator = dot < 0 ? name : name.Substring(0, dot);
        Overload = dot < 0 ? string.Empty : name.Substring(dot + 1);
        Arguments = invocation.ArgumentList.Arguments.Select(a => a.ToString()).ToArray();
        if (!name.All(c => char.IsLetterOrDigit(c) || c is '_' or '.') || dot == name.Length - 1)
        {
            return "An operator is named 'name' or 'name.overload', not '" + name + "'.";
        }

        return IsInPlace && Arguments.Count == 0
            ? "The in-place operator '" + name + "' needs the tensor that it changes as first argument."
            : OperatorEmitter.ResultOf(this) is null
                ? "No result conversion to '" + ReturnType + "': use Tensor, a tuple of 2 to 5 Tensors, Tensor[], void, bool, long, int, double or float."
                : null;
    }
}
