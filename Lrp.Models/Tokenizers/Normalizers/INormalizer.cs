using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>Changes a text before it is cut into pieces.</summary>
internal interface INormalizer
{
    AlignedText Normalize(AlignedText text);
}
