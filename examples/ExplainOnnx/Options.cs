using System.CommandLine;
using System.Globalization;
using Programs;

namespace ExplainOnnx;

/// <summary>The program's arguments.</summary>
/// <param name="Model">The ONNX file; null for the network of examples/Digits.</param>
/// <param name="Image">A photograph for the first input.</param>
/// <param name="Tokens">Token ids for the first input of whole numbers.</param>
/// <param name="Npy">An array of NumPy for the first input.</param>
/// <param name="Json">Arrays for one or several inputs.</param>
/// <param name="Target">The class to explain; null for the predicted one.</param>
/// <param name="Mean">The mean of each channel that the model expects to be subtracted.</param>
/// <param name="Deviation">The standard deviation of each channel that it expects to be divided by.</param>
/// <param name="Out">The folder for the files.</param>
internal sealed record Options(
    string? Model,
    string? Image,
    long[]? Tokens,
    string? Npy,
    string? Json,
    long? Target,
    double[] Mean,
    double[] Deviation,
    string Out
)
{
    private const string About =
        "Explains what a network in an ONNX file says about a photograph, token ids or an array.";

    public static Options Read(string[] arguments)
    {
        var model = CommandLine.OptionalFile("The .onnx file; without it a digit is explained by a small network");
        Option<string?> image = new("--image") { Description = "A photograph for the first input" };
        Option<string?> tokens = new("--tokens") { Description = "Token ids such as 101,2307,102" };
        Option<string?> npy = new("--npy") { Description = "An array that NumPy saved, for the first input" };
        Option<string?> json = new("--json") { Description = "An array, or an object of arrays by names of inputs" };
        Option<long?> target = new("--target") { Description = "The class to explain; by default the predicted one" };
        Option<string> mean = new("--mean")
        {
            Description = "The mean of each channel of a photograph, of values from 0 to 1; by default ImageNet's",
            DefaultValueFactory = _ => "0.485,0.456,0.406",
        };
        Option<string> deviation = new("--deviation")
        {
            Description = "The standard deviation of each channel; by default ImageNet's",
            DefaultValueFactory = _ => "0.229,0.224,0.225",
        };
        var output = CommandLine.OutputFolder("out");
        var command = new RootCommand(About) { model, image, tokens, npy, json, target, mean, deviation, output };
        var given = CommandLine.Read(command, arguments);
        string?[] inputs = [given.GetValue(image), given.GetValue(tokens), given.GetValue(npy), given.GetValue(json)];
        var count = inputs.Count(input => input is not null);
        if (count != (given.GetValue(model) is null ? 0 : 1))
        {
            CommandLine.Refuse(
                "A model needs one of --image, --tokens, --npy and --json; without a model there is none."
            );
        }

        return new Options(
            given.GetValue(model),
            inputs[0],
            inputs[1] is { } ids ? Numbers<long>("--tokens", ids) : null,
            inputs[2],
            inputs[3],
            given.GetValue(target),
            Numbers<double>("--mean", given.GetRequiredValue(mean)),
            Numbers<double>("--deviation", given.GetRequiredValue(deviation)),
            CommandLine.Writable(given.GetRequiredValue(output))
        );
    }

    private static T[] Numbers<T>(string option, string text)
        where T : ISpanParsable<T>
    {
        var values = new List<T>();
        foreach (var part in text.Split(','))
        {
            if (!T.TryParse(part.Trim(), CultureInfo.InvariantCulture, out var value))
            {
                CommandLine.Refuse($"{option} takes numbers with commas between; '{part}' is none.");
            }

            values.Add(value);
        }

        return [.. values];
    }
}
