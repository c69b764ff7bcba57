using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Text.RegularExpressions;
using Lrp.Cli.Commands;

namespace Lrp.Cli;

/// <summary>The command with all its subcommands.</summary>
internal static class Application
{
    private const int Refused = 2;

    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where progress and errors go.</param>
    /// <returns>0; 1 where two computations differ; 2 for bad input, which is reported in one sentence.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var root = Root(new Terminal(output, error));

        // An argument that begins with @ is an ordinary name, not a file of arguments.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            return Refuse(error, $"{Clearest(parsed)} --help lists what there is.");
        }

        try
        {
            return parsed.Invoke(
                new InvocationConfiguration
                {
                    Output = output,
                    Error = error,
                    EnableDefaultExceptionHandler = false,
                }
            );
        }
        catch (Exception exception) when (BadInput.Is(exception))
        {
            return Refuse(error, BadInput.Sentence(exception));
        }
    }

    private static RootCommand Root(Terminal terminal) =>
        new("Explains what neural networks go by, with layer-wise relevance propagation and other methods.")
        {
            ExplainCommand.Create(terminal),
            CompareCommand.Create(terminal),
            InspectCommand.Create(terminal),
            VerifyCommand.Create(terminal),
            MethodsCommand.Create(terminal),
            ModelsCommand.Create(terminal),
            CompletionsCommand.Create(terminal),
        };

    /// <summary>What is wrong with the arguments, first of all a word that is not known.</summary>
    private static string Clearest(ParseResult parsed)
    {
        var messages = parsed.Errors.Select(error => error.Message).ToList();
        var message = messages.Find(message => parsed.UnmatchedTokens.Any(message.Contains)) ?? messages[0];
        return Regex.Replace(
            message.ReplaceLineEndings(" "),
            "^Cannot parse argument '(.*)' for option '(.*)' as expected type '(.*)'\\.?$",
            match => $"{match.Groups[2]} is '{match.Groups[1]}', and must be {Kind(match.Groups[3].Value)}."
        );
    }

    private static string Kind(string type) =>
        type.Contains("Int", StringComparison.Ordinal) ? "a whole number" : "a number";

    private static int Refuse(TextWriter error, string sentence)
    {
        error.WriteLine(sentence);
        return Refused;
    }
}
