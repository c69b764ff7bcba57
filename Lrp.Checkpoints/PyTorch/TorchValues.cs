using System.Text;
using Lrp.Checkpoints.Pickles;

namespace Lrp.Checkpoints.PyTorch;

/// <summary>The values other than tensors that a container of tensors may have.</summary>
internal static class TorchValues
{
    /// <summary>A dict made of pairs, of another dict, or of nothing.</summary>
    public static object Dictionary(string kind, List<object?> arguments)
    {
        var made = new PickleDictionary(kind);
        switch (arguments)
        {
            case []:
                break;
            case [PickleDictionary other]:
                foreach (var (key, value) in other.Items)
                {
                    made.Set(key, value);
                }

                break;
            case [PickleSequence pairs]:
                foreach (var pair in pairs.Items)
                {
                    if (pair is not PickleSequence { Items: [var key, var value] })
                    {
                        throw Wrong(kind);
                    }

                    made.Set(key, value);
                }

                break;
            default:
                throw Wrong(kind);
        }

        return made;
    }

    /// <summary>A sequence of another kind with the same items.</summary>
    public static object Sequence(string kind, List<object?> arguments) =>
        arguments switch
        {
            [] => new PickleSequence(kind, []),
            [PickleSequence items] => new PickleSequence(kind, [.. items.Items]),
            _ => throw Wrong(kind),
        };

    /// <summary>Bytes, which protocol 2 writes as a text of the characters 0 to 255.</summary>
    public static object Encode(List<object?> arguments) =>
        arguments is [string text, "latin1" or "latin-1"] && text.All(letter => letter <= byte.MaxValue)
            ? Encoding.Latin1.GetBytes(text)
            : throw Wrong("encode");

    /// <summary>A device, as its name.</summary>
    public static object Device(List<object?> arguments) =>
        arguments switch
        {
            [string type] => new TorchDevice(type),
            [string type, long index] => new TorchDevice($"{type}:{index}"),
            _ => throw Wrong("torch.device"),
        };

    /// <summary>The exception for arguments that do not fit.</summary>
    public static InvalidDataException Wrong(string name) =>
        new($"the pickle gives '{name}' arguments that it does not take: it is damaged.");
}
