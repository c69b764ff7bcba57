namespace Lrp.Models.Tokenizers.Decoders;

/// <summary>Of a speech recogniser: repeated tokens and padding are left out, a delimiter becomes a blank.</summary>
internal sealed class CtcDecoder(string padding, string delimiter, bool cleanup) : IDecoder
{
    public List<string> Decode(List<string> tokens)
    {
        var result = new List<string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
            {
                continue;
            }

            var text = tokens[i].Replace(padding, "", StringComparison.Ordinal);
            if (cleanup)
            {
                text = TokenDecoder.Repair(text).Replace(delimiter, " ", StringComparison.Ordinal);
            }

            if (text.Length > 0)
            {
                result.Add(text);
            }
        }

        return result;
    }
}
