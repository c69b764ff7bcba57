namespace Lrp.Models.Tokenizers.Decoders;

/// <summary>Makes parts of a text from tokens; a text is the parts one behind the other.</summary>
internal interface IDecoder
{
    List<string> Decode(List<string> tokens);
}
