using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// The parts of one parameter that rules ask for, each computed once and freed with the registration.
/// </summary>
/// <remarks>
/// A parameter that changes while it is registered is noticed by its version, a number that libtorch counts up with
/// every change in place, and by being another object; everything derived from it is made anew. TorchSharp's
/// <c>Module.load</c>, <c>bytes</c> and <c>data&lt;T&gt;()</c> write to memory past libtorch, and only on the CPU:
/// there some values, evenly spread, are compared too. Without the native library <c>lrp_dispatch</c>, which reads the
/// version, all values are compared.
/// </remarks>
internal sealed class DerivedWeights(Func<Tensor> parameter) : IDisposable
{
    private const long Compared = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<object, Tensor> _parts = [];
    private Tensor? _known;
    private long? _version;
    private Tensor? _copy;

    /// <summary>The parameter as it is now.</summary>
    public Tensor Current => parameter();

    /// <summary>A part of the parameter.</summary>
    /// <param name="part">Which.</param>
    /// <returns>A tensor that stays with this object: not to be disposed or changed.</returns>
    public Tensor Get(WeightPart part) => part == WeightPart.All ? Current : Get(part, () => part.Of(Current));

    /// <summary>Anything else that is derived from the parameter.</summary>
    /// <param name="key">A name for it.</param>
    /// <param name="derive">Computes it as a tensor of its own.</param>
    /// <returns>A tensor that stays with this object: not to be disposed or changed.</returns>
    public Tensor Get(object key, Func<Tensor> derive)
    {
        lock (_gate)
        {
            if (!_parts.TryGetValue(key, out var tensor))
            {
                using var grad = no_grad();
                using var scope = NewDisposeScope();
                _parts[key] = tensor = derive().DetachFromDisposeScope();
            }

            return tensor;
        }
    }

    /// <summary>Forgets what was derived if the parameter has changed since.</summary>
    /// <returns>Whether it has.</returns>
    public bool Refresh()
    {
        lock (_gate)
        {
            if (IsKnown(Current))
            {
                return false;
            }

            Clear();
            Remember(Current);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Clear();
        }
    }

    private bool IsKnown(Tensor current)
    {
        if (!ReferenceEquals(current, _known))
        {
            return false;
        }

        if (OperatorInterception.VersionOf(current) != _version)
        {
            return false;
        }

        using var values = Values(current);
        return values is null || _copy?.Equals(values) != false;
    }

    /// <summary>The values to compare, a tensor of its own; null where nothing writes past the version.</summary>
    private Tensor? Values(Tensor current)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        if (_version is null)
        {
            return current.detach().clone().MoveToOuterDisposeScope();
        }

        if (current.device_type != TorchSharp.DeviceType.CPU || current.numel() == 0 || !current.is_contiguous())
        {
            return null;
        }

        var step = Math.Max(1, current.numel() / Compared);
        return current.detach().view(-1).slice(0, 0, current.numel(), step).clone().MoveToOuterDisposeScope();
    }

    private void Remember(Tensor current)
    {
        _known = current;
        _version = OperatorInterception.VersionOf(current);
        _copy = Values(current)?.DetachFromDisposeScope();
    }

    private void Clear()
    {
        foreach (var tensor in _parts.Values)
        {
            tensor.Dispose();
        }

        _parts.Clear();
        _copy?.Dispose();
        _copy = null;
        _known = null;
    }
}
