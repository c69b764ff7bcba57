using System.Buffers.Binary;
using System.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>
/// The table of a SentencePiece model: a double array over bytes, and the replacements that it points to.
/// </summary>
/// <remarks>
/// The format: the size of the double array in bytes, the double array (32 bits a unit, as in Darts-clone), the
/// replacements in UTF-8, each ended by a zero.
/// </remarks>
internal sealed class Charsmap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <summary>Reads a table.</summary>
    /// <exception cref="FormatException">The sizes in it do not fit its length.</exception>
    public Charsmap(ReadOnlySpan<byte> table)
    {
        var size = table.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(table);
        if (size < 4 || size > table.Length - 4 || size % 4 != 0)
        {
            throw new FormatException(
                $"precompiled_charsmap has {table.Length} bytes, which do not begin with the size of a table."
            );
        }

        _units = new uint[size / 4];
        for (var i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 + 4 * i)..]);
        }

        _replacements = table[(4 + (int)size)..].ToArray();
    }

    /// <summary>The replacement of the shortest entry that a text begins with; null where there is none.</summary>
    public string? Find(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var place = Offset(_units[0]);
        foreach (var value in bytes[..Encoding.UTF8.GetBytes(text, bytes)])
        {
            if (value == 0)
            {
                return null;
            }

            place ^= value;
            var unit = Unit(place);
            if ((unit & 0x8000_00FF) != value)
            {
                return null;
            }

            place ^= Offset(unit);
            if ((unit & 0x100) != 0)
            {
                return Replacement(Unit(place) & 0x7FFF_FFFF);
            }
        }

        return null;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private uint Unit(uint place) => place < _units.Length ? _units[place] : 0;

    private string? Replacement(uint start)
    {
        if (start > _replacements.Length)
        {
            return null;
        }

        var rest = _replacements.AsSpan((int)start);
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }
}
