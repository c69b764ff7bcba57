using System.CommandLine;
using System.Globalization;
using Lrp.Cli.Images;
using Lrp.Cli.Texts;
using Lrp.Models.Explanations;

namespace Lrp.Cli.Commands;

/// <summary><c>lrp explain</c>: which words or pixels a model goes by.</summary>
internal static class ExplainCommand
{
    private static readonly string[] TextFormats = [".html", ".png", ".jpg", ".webp", ".json", ".txt"];

    public static Command Create(Terminal terminal)
    {
        var subject = new SubjectOptions();
        Option<string?> method = new("--method")
        {
            Description = "The method; 'lrp methods' lists them",
            HelpName = "NAME",
        };
        method.CompletionSources.Add([.. SharedOptions.MethodNames]);
        Option<string?> layer = new("--layer")
        {
            Description =
                "Explain by the states at a layer: for a text the number of a block, for an image the name of a module",
            HelpName = "LAYER",
        };
        var output = SharedOptions.Out();
        var json = SharedOptions.Json();
        var command = new Command(
            "explain",
            "Shows which words of a text, or which pixels of a photograph, a model goes by."
        );
        subject.AddTo(command);
        Array.ForEach<Option>([method, layer, output, json], command.Add);
        command.SetAction(given =>
        {
            var request = new Request(
                terminal,
                given.GetValue(method),
                given.GetValue(layer),
                given.GetValue(output),
                given.GetValue(json)
            );
            request.Check(subject.IsText(given));
            return subject.Open(given, terminal, request.Explain, request.Explain);
        });
        return command;
    }

    private sealed record Request(Terminal Terminal, string? Method, string? Layer, string? Output, bool IsJson)
    {
        /// <summary>Fails for a method or a file that cannot be used, before anything is loaded.</summary>
        public void Check(bool isText)
        {
            if (isText)
            {
                _ = TextMethods.Of(Method);
            }
            else if (Method is not null)
            {
                _ = ImageMethods.Named(Method);
            }

            if (Output is not null)
            {
                OutputFiles.Check(Output, isText ? TextFormats : ImageOutputs.Endings);
            }
        }

        public int Explain(TextSubject subject)
        {
            var method = TextMethods.Of(Method);
            var whole = Terminal.Run("explaining", _ => subject.Explain(method.Method));
            var explanation = Layer is null ? whole : AtLayer(whole, Layer);
            Terminal.Write(IsJson ? explanation.ToJson() : explanation.ToTerminal(Terminal.HasColors));
            Save(explanation.Save);
            return 0;
        }

        public int Explain(ImageSubject subject)
        {
            var method = ImageMethods.Of(Method, subject.Model);
            var explanation = Terminal.Run("explaining", progress => subject.Explain(method, Layer, progress));
            if (explanation.Doubt is { } doubt)
            {
                Terminal.Remark(doubt);
            }

            if (IsJson)
            {
                Terminal.WriteJson(ImageOutputs.ToData(explanation));
            }
            else
            {
                Terminal.Write(ImageOutputs.ToTerminal(explanation, Terminal.HasColors));
            }

            Save(path => ImageOutputs.Save(explanation, path));
            return 0;
        }

        private void Save(Action<string> save)
        {
            if (Output is not null)
            {
                save(Output);
                Terminal.Remark($"{Output} is written.");
            }
        }

        private static TextExplanation AtLayer(TextExplanation explanation, string layer)
        {
            var layers = explanation.Layers ?? [];
            var isNumber = int.TryParse(layer, CultureInfo.InvariantCulture, out var number);
            return isNumber && number >= 0 && number < layers.Count
                ? new TextExplanation(explanation.Text, explanation.Tokens, layers[number])
                {
                    SecondStart = explanation.SecondStart,
                    Model = explanation.Model,
                    Method = $"{explanation.Method} behind block {number}",
                    Target = explanation.Target,
                    Against = explanation.Against,
                    Score = explanation.Score,
                }
                : throw new BadInputException(
                    $"--layer is '{layer}', and the model has states 0 to {layers.Count - 1}: before the first block, "
                        + "and behind each."
                );
        }
    }
}
