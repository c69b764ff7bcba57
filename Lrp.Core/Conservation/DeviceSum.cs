using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Conservation;

/// <summary>A sum that stays on its device until it is read, so that no pass waits for it.</summary>
internal sealed class DeviceSum
{
    private readonly List<Tensor> _terms = [];

    public bool IsEmpty => _terms.Count == 0;

    public void Add(IReadOnlyList<Tensor?> relevance)
    {
        foreach (var tensor in Parts(relevance))
        {
            if (tensor is not null)
            {
                var narrow = tensor.dtype is ScalarType.Float16 or ScalarType.BFloat16;
                _terms.Add(tensor.sum(narrow ? ScalarType.Float32 : tensor.dtype).DetachFromDisposeScope());
            }
        }
    }

    /// <summary>Adds the absolute values, so that parts of opposite sign do not cancel.</summary>
    public void AddAbsolute(IReadOnlyList<Tensor?> relevance)
    {
        using var scope = NewDisposeScope();
        Add([.. Parts(relevance).Select(tensor => tensor?.abs())]);
    }

    /// <summary>Adds the last terms of another sum.</summary>
    public void AddOf(DeviceSum other, int count)
    {
        foreach (var term in other._terms.TakeLast(count).ToList())
        {
            _terms.Add(term.alias().DetachFromDisposeScope());
        }
    }

    public double Value() => _terms.Sum(term => term.to(ScalarType.Float64).ToDouble());

    /// <summary>The relevance of a complex number is that of its two parts.</summary>
    private static IEnumerable<Tensor?> Parts(IReadOnlyList<Tensor?> relevance) =>
        relevance.Select(tensor => tensor?.is_complex() == true ? view_as_real(tensor.resolve_conj()) : tensor);

    public void Clear()
    {
        foreach (var term in _terms)
        {
            term.Dispose();
        }

        _terms.Clear();
    }
}
