using System.Globalization;
using Lrp.Checkpoints.Pickles;

namespace Lrp.Checkpoints.PyTorch;

/// <summary>Finds the tensors in what a file holds, and names each by its place.</summary>
internal sealed class TorchContent
{
    // Values may contain themselves or each other many times over, so both have a limit.
    private const int MaxDepth = 100;
    private const int MaxContainers = 1_000_000;

    private readonly List<(string Container, string Name, TorchTensor Tensor)> _found = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private int _containers;

    private TorchContent() { }

    /// <summary>All tensors of a value.</summary>
    /// <returns>
    /// For each tensor the path of the dict or list that holds it, with a slash at its end unless it is the file's own
    /// value, and the whole name.
    /// </returns>
    public static IReadOnlyList<(string Container, string Name, TorchTensor Tensor)> Find(object? content)
    {
        var search = new TorchContent();
        if (content is TorchTensor tensor)
        {
            search.Add(string.Empty, string.Empty, tensor);
        }
        else
        {
            search.Visit(content, string.Empty, 0);
        }

        return search._found;
    }

    private void Visit(object? value, string path, int depth)
    {
        var items = value switch
        {
            PickleDictionary dictionary => dictionary.Items.Select(pair => (Name(pair.Key), pair.Value)),
            PickleSequence sequence => sequence.Items.Select(
                (item, i) => (i.ToString(CultureInfo.InvariantCulture), item)
            ),
            _ => [],
        };
        if (value is PickleDictionary or PickleSequence && (depth > MaxDepth || ++_containers > MaxContainers))
        {
            throw new InvalidDataException(
                $"its nesting is too deep or too wide: more than {MaxDepth} levels or {MaxContainers} containers."
            );
        }

        foreach (var (name, item) in items)
        {
            if (item is TorchTensor tensor)
            {
                Add(path, path + name, tensor);
            }
            else
            {
                Visit(item, $"{path}{name}/", depth + 1);
            }
        }
    }

    private void Add(string container, string name, TorchTensor tensor)
    {
        if (!_names.Add(name))
        {
            throw new InvalidDataException($"two tensors are called '{name}'.");
        }

        _found.Add((container, name, tensor.Checked(name)));
    }

    private static string Name(object key) =>
        key switch
        {
            string text => text,
            PickleSequence sequence => $"({string.Join(", ", sequence.Items.Select(PickleText.Show))})",
            _ => PickleText.Show(key),
        };
}
