using System.Text.Json;
using Lrp.Models.Tokenizers.Processors;

namespace Lrp.Models.Tokenizers.Reading;

/// <summary>Reads the post-processor of tokenizer.json.</summary>
internal static class ProcessorReader
{
    private static readonly Dictionary<string, Func<JsonPart, IRowProcessor>> Known = new(StringComparer.Ordinal)
    {
        ["BertProcessing"] = part => TemplateProcessor.Bert(Token(part, "cls"), Token(part, "sep")),
        ["ByteLevel"] = Trim,
        ["RobertaProcessing"] = part => new ProcessorSequence([
            Trim(part),
            TemplateProcessor.Roberta(Token(part, "cls"), Token(part, "sep")),
        ]),
        ["Sequence"] = part => new ProcessorSequence([.. part.Parts("processors").Select(Read)]),
        ["TemplateProcessing"] = part => new TemplateProcessor(Template(part, "single"), Template(part, "pair")),
    };

    public static IRowProcessor Read(JsonPart part) => part.Read(Known);

    private static ProcessorSequence Trim(JsonPart part) =>
        new(part.Flag("trim_offsets") ? [new TrimProcessor(part.Flag("add_prefix_space"))] : []);

    private static (int Id, string Text) Token(JsonPart part, string name)
    {
        var values = part.List(name).ToList();
        return
            values.Count == 2
            && values[0].ValueKind == JsonValueKind.String
            && values[1].ValueKind == JsonValueKind.Number
            && values[1].TryGetInt32(out var id)
            ? (id, values[0].GetString()!)
            : throw new FormatException($"{part.Path}.{name} is not a token and its id.");
    }

    private static List<TemplatePart> Template(JsonPart part, string name)
    {
        var tokens = part.Part("special_tokens");
        return [.. part.Parts(name).Select(piece => Piece(piece, tokens))];
    }

    private static TemplatePart Piece(JsonPart piece, JsonPart tokens)
    {
        if (piece.OptionalPart("Sequence") is { } sequence)
        {
            return TemplatePart.Text((int)sequence.Choice<Sequence>("id"), sequence.Number("type_id"));
        }

        var special = piece.Part("SpecialToken");
        var token = tokens.Part(special.Text("id"));
        var ids = token.List("ids").Select(id => id.GetInt32());
        var texts = token.List("tokens").Select(text => text.GetString()!);
        return new TemplatePart(null, special.Number("type_id"), [.. ids.Zip(texts)]);
    }

    /// <summary>The names of the two texts in a template.</summary>
    private enum Sequence
    {
        A,
        B,
    }
}
