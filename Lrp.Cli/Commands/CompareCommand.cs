using System.CommandLine;
using System.Diagnostics;
using Lrp.Cli.Comparing;
using Lrp.Cli.Images;
using Lrp.Cli.Texts;

namespace Lrp.Cli.Commands;

/// <summary><c>lrp compare</c>: several methods on one input.</summary>
internal static class CompareCommand
{
    private const int Steps = 10;

    /// <summary>What is compared where nothing is named; a network with attention gets AttnLRP too.</summary>
    private static readonly string[] UsualForImages =
    [
        "epsilon-plus-flat",
        "epsilon-gamma-box",
        "gradient-times-input",
        "ig",
    ];

    public static Command Create(Terminal terminal)
    {
        var subject = new SubjectOptions();
        Option<string?> methods = new("--methods")
        {
            Description = "The methods, separated by commas; 'lrp methods' lists them",
            HelpName = "NAMES",
        };
        methods.CompletionSources.Add([.. SharedOptions.MethodNames]);
        var output = SharedOptions.Out();
        var json = SharedOptions.Json();
        var command = new Command(
            "compare",
            "Explains one input by several methods: maps side by side, deletion and insertion curves, and how far the "
                + "maps agree."
        );
        subject.AddTo(command);
        Array.ForEach<Option>([methods, output, json], command.Add);
        command.SetAction(given =>
        {
            var path = given.GetValue(output);
            if (path is not null)
            {
                ComparisonOutputs.Check(path);
            }

            var names = given
                .GetValue(methods)
                ?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Distinct()
                .ToArray();
            if (names is { Length: 0 })
            {
                throw new BadInputException("--methods names no method; 'lrp methods' lists them.");
            }

            var isText = subject.IsText(given);
            Array.ForEach(names ?? [], name => _ = isText ? (object)TextMethods.Of(name) : ImageMethods.Named(name));
            return subject.Open(
                given,
                terminal,
                text => Show(Compare(text, names, terminal)),
                image => Show(Compare(image, names, terminal))
            );

            int Show(Comparison comparison)
            {
                if (given.GetValue(json))
                {
                    terminal.WriteJson(comparison.ToData());
                }
                else
                {
                    ComparisonOutputs.Write(comparison, terminal, withMaps: path is null);
                }

                if (path is not null)
                {
                    ComparisonOutputs.Save(comparison, path);
                    terminal.Remark($"{path} is written.");
                }

                return 0;
            }
        });
        return command;
    }

    private static Comparison Compare(TextSubject subject, string[]? names, Terminal terminal)
    {
        var methods = names is null ? TextMethods.All : [.. names.Select(TextMethods.Of)];
        var explanations = methods
            .Select(method =>
            {
                var watch = Stopwatch.StartNew();
                var explanation = terminal.Run(method.Name, _ => subject.Explain(method.Method));
                var time = watch.Elapsed;
                var curves = terminal.Run(
                    $"{method.Name}, removing tokens",
                    progress => subject.Flip(explanation, Steps, progress)
                );
                var shown = explanation.ToTerminal(terminal.HasColors);
                return (
                    explanation,
                    new MethodResult(
                        method.Name,
                        explanation.Relevance,
                        curves,
                        time,
                        shown,
                        () => explanation.ToPicture()
                    )
                );
            })
            .ToList();
        var first = explanations[0].explanation;
        var target = first.Against is null ? first.Target : $"{first.Target} against {first.Against}";
        return new Comparison(first.Model, target, first.Score, null, [.. explanations.Select(entry => entry.Item2)]);
    }

    private static Comparison Compare(ImageSubject subject, string[]? names, Terminal terminal)
    {
        var wanted = names ?? (subject.Model.HasAttention ? ["attnlrp", "gradient-times-input", "ig"] : UsualForImages);
        var methods = wanted.Select(name => ImageMethods.Of(name, subject.Model)).ToList();
        var results = methods.Select(method =>
        {
            var watch = Stopwatch.StartNew();
            var explanation = terminal.Run(method.Name, progress => subject.Explain(method, null, progress));
            var time = watch.Elapsed;
            if (explanation.Doubt is { } doubt)
            {
                terminal.Remark(doubt);
            }

            var curves = terminal.Run(
                $"{method.Name}, removing pixels",
                progress => subject.Flip(explanation, Steps, progress)
            );
            var shown = ImageOutputs.ToTerminal(explanation, terminal.HasColors);
            return new MethodResult(method.Name, explanation.Relevance, curves, time, shown, explanation.ToHeatmap);
        });
        return new Comparison(subject.Model.Name, subject.TargetName, subject.Score, subject.Photo, [.. results]);
    }
}
