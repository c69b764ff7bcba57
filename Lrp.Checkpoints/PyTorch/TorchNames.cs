using Lrp.Checkpoints.Pickles;

namespace Lrp.Checkpoints.PyTorch;

/// <summary>
/// The names that a container of tensors may have in its pickle. Everything else is refused, also what is only named.
/// </summary>
internal sealed class TorchNames : IPickleNames
{
    private const string OrderedDict = "OrderedDict";

    private static readonly Dictionary<(string Module, string Name), object> Known = Make();

    private readonly Dictionary<string, TorchStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>The memories that the pickle named, each as long as the longest storage of its name.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => _storages;

    public object Resolve(string module, string name) =>
        Known.TryGetValue((module, name), out var known)
            ? known
            : throw new InvalidDataException(
                $"its pickle names '{module} {name}', which is no part of a container of tensors. Nothing of it was "
                    + "run. If you trust where it comes from, load it in Python and save what is needed by "
                    + "torch.save(model.state_dict(), path)."
            );

    public object Persistent(object? identifier)
    {
        if (
            identifier is not PickleSequence { Items: { Count: 5 or 6 } items }
            || items is not ["storage", TorchType type, var key, string, long elements, ..]
            || elements < 0
            || elements > long.MaxValue / type.Size
        )
        {
            throw new InvalidDataException(
                "the pickle has an object outside itself that is no storage of a tensor: it is damaged."
            );
        }

        var root = new TorchStorage(key as string ?? PickleText.Show(key), type, 0, elements * type.Size);
        if (!_storages.TryGetValue(root.Key, out var known) || known.ByteLength < root.ByteLength)
        {
            _storages[root.Key] = root;
        }

        return items.Count == 6 && items[5] is not null ? View(root, items[5]) : root;
    }

    // Files of the first versions of PyTorch have storages that are parts of others: (key, offset, size) in elements.
    private static TorchStorage View(TorchStorage root, object? view)
    {
        var size = root.Type.Size;
        return
            view is PickleSequence { Items: [_, long offset, long length] }
            && offset >= 0
            && length >= 0
            && offset <= (root.ByteLength / size) - length
            ? root with
            {
                ByteOffset = offset * size,
                ByteLength = length * size,
            }
            : throw new InvalidDataException($"a part of the storage '{root.Key}' reaches past its end.");
    }

    private static Dictionary<(string Module, string Name), object> Make()
    {
        var known = new Dictionary<(string Module, string Name), object>
        {
            [("collections", OrderedDict)] = new PickleCall(
                OrderedDict,
                list => TorchValues.Dictionary(OrderedDict, list)
            ),
            [("collections", "Counter")] = new PickleCall("Counter", list => TorchValues.Dictionary("Counter", list)),
            [("_codecs", "encode")] = new PickleCall("encode", TorchValues.Encode),
            [("torch", "Size")] = new PickleCall("torch.Size", list => TorchValues.Sequence("torch.Size", list)),
            [("torch", "device")] = new PickleCall("torch.device", TorchValues.Device),
            [("torch._utils", "_rebuild_tensor")] = new PickleCall("_rebuild_tensor", TorchRebuild.Tensor),
            [("torch._utils", "_rebuild_tensor_v2")] = new PickleCall("_rebuild_tensor_v2", TorchRebuild.Tensor2),
            [("torch._utils", "_rebuild_tensor_v3")] = new PickleCall("_rebuild_tensor_v3", TorchRebuild.Tensor3),
            [("torch._utils", "_rebuild_parameter")] = new PickleCall("_rebuild_parameter", TorchRebuild.Parameter),
            [("torch.storage", "UntypedStorage")] = TorchType.Untyped,
            [("torch.storage", "_UntypedStorage")] = TorchType.Untyped,
        };
        foreach (var module in (string[])["builtins", "__builtin__"])
        {
            foreach (var kind in (string[])[PickleSequence.Set, PickleSequence.FrozenSet])
            {
                known[(module, kind)] = new PickleCall(kind, list => TorchValues.Sequence(kind, list));
            }
        }

        foreach (var (type, storage) in TorchType.All)
        {
            known[("torch", type.Name)] = type;
            if (storage is not null)
            {
                known[("torch", storage)] = type;
                known[("torch.cuda", storage)] = type;
            }
        }

        return known;
    }
}
