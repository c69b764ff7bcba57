using System.CommandLine;
using Lrp.Cli.Images;
using Lrp.Models.Transformers;

namespace Lrp.Cli.Commands;

/// <summary><c>lrp models</c>: which models can be explained.</summary>
internal static class ModelsCommand
{
    private static readonly (string What, string Given, Func<IEnumerable<string>> Names)[] Kinds =
    [
        (
            "texts",
            "a folder of the Hugging Face hub: config.json, weights, tokenizer.json",
            () => Transformer.ModelTypes
        ),
        ("texts", "a GGUF file of llama.cpp", () => Transformer.GgufArchitectures),
        ("images", "a folder of the Hugging Face hub with a ViT, a DeiT or a Swin", () => ["vit", "deit", "swin"]),
        ("images", "an ONNX file with one input N × 3 × H × W", () => ["opsets 7 to 23"]),
        ("images", "the name of an architecture, and --weights FILE", () => ImageModels.Names),
    ];

    public static Command Create(Terminal terminal)
    {
        var json = SharedOptions.Json();
        var command = new Command("models", "Lists the models that can be explained, and how --model names them.")
        {
            json,
        };
        command.SetAction(given =>
        {
            if (given.GetValue(json))
            {
                terminal.WriteJson(
                    Kinds.Select(kind => new
                    {
                        For = kind.What,
                        kind.Given,
                        Names = kind.Names(),
                    })
                );
            }
            else
            {
                foreach (var kind in Kinds)
                {
                    terminal.Write($"{kind.What}: {kind.Given}\n    {string.Join(", ", kind.Names())}");
                }
            }
        });
        return command;
    }
}
