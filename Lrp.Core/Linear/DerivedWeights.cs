using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// The parts of one parameter that rules ask for, each computed once and freed with the registration.
/// </summary>
/// <remarks>
/// A parameter that changes while it is registered is noticed by a sample of its values, and everything derived from
/// it is made anew.
/// </remarks>
internal sealed class DerivedWeights(Func<Tensor> parameter) : IDisposable
{
    private const int SampleSize = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<object, Tensor> _parts = [];
    private (double Value, ScalarType Dtype, string Device)? _sample;

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
            var now = Sample();
            if (_sample is { } last && last.Equals(now))
            {
                return false;
            }

            Clear();
            _sample = now;
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

    /// <summary>A number that changes with the values: a sum over some of them, evenly spaced.</summary>
    private (double Value, ScalarType Dtype, string Device) Sample()
    {
        using var grad = no_grad();
        var current = Current;
        using var flat = current.reshape(-1);
        var count = flat.numel();
        using var spaced = flat.slice(0, 0, count, Math.Max(1, count / SampleSize));
        using var sum = spaced.sum(ScalarType.Float64);
        return (sum.ToDouble(), current.dtype, current.device.ToString());
    }

    private void Clear()
    {
        foreach (var tensor in _parts.Values)
        {
            tensor.Dispose();
        }

        _parts.Clear();
    }
}
