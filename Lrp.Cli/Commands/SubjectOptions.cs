using System.CommandLine;
using System.Globalization;
using Lrp.Cli.Images;
using Lrp.Cli.Natives;
using Lrp.Cli.Texts;

namespace Lrp.Cli.Commands;

/// <summary>The options that say what is explained: a model, a text or a photograph, and a target.</summary>
internal sealed class SubjectOptions
{
    private const int LargestSize = 4096;

    private readonly Option<string> _model = new("--model", "-m")
    {
        Description =
            "A folder of the Hugging Face hub, a GGUF or ONNX file, or an architecture for images with --weights",
        HelpName = "PATH",
        Required = true,
    };

    private readonly Option<string?> _text = Given("--text", "The text that is explained", "TEXT");
    private readonly Option<string?> _other = Given(
        "--against-text",
        "The text that a sentence encoder compares it with",
        "TEXT"
    );
    private readonly Option<string?> _second = Given(
        "--text-pair",
        "The text that a model reads behind --text: the one that answers a question, or that is compared",
        "TEXT"
    );
    private readonly Option<string?> _word = Given(
        "--word",
        "The word of the text whose class is explained, for models that give each word a class",
        "WORD"
    );
    private readonly Option<string?> _image = Given("--image", "The photograph that is explained", "FILE");
    private readonly Option<string?> _target = Given(
        "--target",
        "The next token with its blank, the word at the mask, a class or an answer; the predicted one if missing",
        "NAME"
    );
    private readonly Option<string?> _against = Given("--against", "What the target is compared with", "NAME");
    private readonly Option<string?> _weights = Given(
        "--weights",
        "The .pth or .safetensors file of an architecture for images",
        "FILE"
    );
    private readonly Option<string?> _labels = Given(
        "--labels",
        "A file with the name of one class in each line; classes.txt or labels.txt beside the weights if it is missing",
        "FILE"
    );
    private readonly Option<int?> _size = new("--size")
    {
        Description = "Height and width of the image that the network gets",
        HelpName = "PIXELS",
    };
    private readonly Option<string?> _mean = Given(
        "--mean",
        "Means of red, green and blue that are subtracted; ImageNet's if they are missing",
        "R,G,B"
    );
    private readonly Option<string?> _deviation = Given(
        "--std",
        "Standard deviations that divide; ImageNet's if they are missing",
        "R,G,B"
    );

    public SubjectOptions()
    {
        _model.CompletionSources.Add(_ =>
            ImageModels.Names.Select(name => new System.CommandLine.Completions.CompletionItem(name))
        );
        SharedOptions.Limit(_size, pixels => pixels is >= 1 and <= LargestSize, $"1 to {LargestSize}");
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] what = [_model, _text, _second, _other, _word, _image, _target, _against];
        Option[] how = [_weights, _labels, _size, _mean, _deviation];
        Array.ForEach([.. what, .. how], command.Add);
    }

    /// <summary>Whether a text is explained, and not a photograph.</summary>
    public bool IsText(ParseResult given) => given.GetValue(_text) is not null;

    /// <summary>Opens what the options name, and hands it to one of two functions.</summary>
    public int Open(ParseResult given, Terminal terminal, Func<TextSubject, int> text, Func<ImageSubject, int> image)
    {
        var (words, photo, model) = (given.GetValue(_text), given.GetValue(_image), given.GetRequiredValue(_model));
        if (words is null == photo is null)
        {
            throw new BadInputException("Give either --text or --image: one of them is explained.");
        }

        var (target, against) = (given.GetValue(_target), given.GetValue(_against));
        if (target is { Length: 0 } || against is { Length: 0 })
        {
            throw new BadInputException("--target and --against are names, and one of them is empty.");
        }

        if (target is not null && target == against)
        {
            throw new BadInputException($"--target and --against are both '{target}': their difference is 0.");
        }

        if (words is not null)
        {
            Refuse(given, "a photograph", _weights, _labels, _size, _mean, _deviation);
            var request = new TextRequest(model, words)
            {
                Second = given.GetValue(_second),
                Other = given.GetValue(_other),
                Word = given.GetValue(_word),
                Target = target,
                Against = against,
            };
            request.Check();
            NativePackages.LibTorch.Provide(terminal);
            using var read = terminal.Run($"loading {model}", _ => TextSubject.Open(request));
            return text(read);
        }

        Refuse(given, "a text", _second, _other, _word);
        if (!File.Exists(photo))
        {
            throw new BadInputException(
                Directory.Exists(photo)
                    ? $"'{photo}' is a folder, and no photograph."
                    : $"There is no photograph '{photo}'."
            );
        }

        var arguments = Arguments(given, model);
        ImageModels.Check(arguments);
        NativePackages.LibTorch.Provide(terminal);
        using var seen = terminal.Run(
            $"loading {model}",
            _ => new ImageSubject(ImageModels.Open(arguments), photo, target, against)
        );
        return image(seen);
    }

    /// <summary>Fails where an option is given that says nothing here.</summary>
    private static void Refuse(ParseResult given, string of, params IEnumerable<Option> options)
    {
        if (options.FirstOrDefault(option => given.GetResult(option) is { Implicit: false }) is { } useless)
        {
            throw new BadInputException($"{useless.Name} is about {of}, and none is explained: leave it out.");
        }
    }

    private ImageModelArguments Arguments(ParseResult given, string model) =>
        new(model)
        {
            Weights = given.GetValue(_weights),
            Labels = given.GetValue(_labels),
            Size = given.GetValue(_size),
            Mean = Colors(given.GetValue(_mean), "--mean"),
            Deviation = Divisors(given.GetValue(_deviation), "--std"),
        };

    private static double[]? Divisors(string? numbers, string option)
    {
        var values = Colors(numbers, option);
        return values?.Any(value => value <= 0) != true
            ? values
            : throw new BadInputException($"{option} is '{numbers}', and divides: each number must be above 0.");
    }

    private static double[]? Colors(string? numbers, string option)
    {
        if (numbers is null)
        {
            return null;
        }

        var parts = numbers.Split(',');
        var values = parts
            .Select(part => double.TryParse(part, CultureInfo.InvariantCulture, out var value) ? value : double.NaN)
            .ToArray();
        return values.Length == 3 && values.All(double.IsFinite)
            ? values
            : throw new BadInputException($"{option} is '{numbers}', and must be three numbers such as 0.5,0.5,0.5.");
    }

    private static Option<string?> Given(string name, string description, string help) =>
        new(name) { Description = description, HelpName = help };
}
