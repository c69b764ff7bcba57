using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.PreTokenizers;

/// <summary>Cuts a text into the pieces that the subword model gets one by one.</summary>
internal interface IPreTokenizer
{
    void Cut(PieceList pieces);
}
