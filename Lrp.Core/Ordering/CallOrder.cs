using TorchSharp;

namespace Lrp.Core.Ordering;

/// <summary>Which of some modules the first forward pass of the registered model calls first, or calls last.</summary>
/// <remarks>
/// A module that is called several times counts by its first call for the first module, and by its last for the last.
/// The first module is known with its call. The last one is known when the pass ends; a pass that an exception ended
/// does not count. Where only a part of the model is called, or the model by <c>forward</c> or without gradients, what
/// that shows holds until the model itself is called with gradients.
/// </remarks>
internal sealed class CallOrder(bool isFirst)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<torch.nn.Module, OrderedRule> _candidates = new(ReferenceEqualityComparer.Instance);

    // The last call seen: of each thread's pass, and of all of them for a backward pass on a thread of its own.
    private readonly ThreadLocal<torch.nn.Module?> _lastOfThread = new();
    private readonly ThreadLocal<bool> _isInPass = new();
    private torch.nn.Module? _last;
    private torch.nn.Module? _chosen;
    private volatile bool _isFinal;

    /// <summary>The module that was found; null before the first pass.</summary>
    public torch.nn.Module? Chosen => Volatile.Read(ref _chosen);

    /// <summary>Whether passes still have to tell.</summary>
    public bool IsOpen => _candidates.Count > 0 && Chosen is null;

    /// <summary>Adds a module that it may be.</summary>
    public void Add(torch.nn.Module module, OrderedRule rule) => _candidates.Add(module, rule);

    /// <summary>Where only one module can be meant, no pass has to tell.</summary>
    public void ChooseTheOnlyOne()
    {
        if (_candidates.Count == 1)
        {
            Choose(_candidates.Keys.Single(), isFinal: true);
        }
    }

    /// <summary>A forward pass of the whole model begins on this thread.</summary>
    /// <param name="isSeen">
    /// Whether all calls are seen; without gradients those are not that only their operators show.
    /// </param>
    public void BeginPass(bool isSeen)
    {
        if (_isFinal || _candidates.Count == 0)
        {
            return;
        }

        _isInPass.Value = isSeen;
        _lastOfThread.Value = null;
        lock (_gate)
        {
            if (!_isFinal)
            {
                Forget();
            }
        }
    }

    /// <summary>A candidate is called.</summary>
    public void Note(torch.nn.Module module)
    {
        if (_isFinal)
        {
            return;
        }

        if (isFirst)
        {
            Choose(module, _isInPass.Value);
            return;
        }

        _lastOfThread.Value = module;
        Volatile.Write(ref _last, module);
    }

    /// <summary>The forward pass of the whole model on this thread is over.</summary>
    /// <exception cref="InvalidOperationException">The rule is not defined for the module that was found.</exception>
    public void EndPass()
    {
        if (_isFinal)
        {
            return;
        }

        var isSeen = _isInPass.Value;
        _isInPass.Value = false;
        if (!isFirst && _lastOfThread.Value is { } last)
        {
            Choose(last, isSeen);
            _candidates[Chosen!].ThrowIfRefused();
        }
    }

    /// <summary>Relevance has arrived, so that the forward pass is over even where nothing told so.</summary>
    public void EndByBackward()
    {
        if (IsOpen && (_lastOfThread.Value ?? Volatile.Read(ref _last)) is { } last)
        {
            Choose(last, isFinal: false);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => isFirst ? "first" : "last";

    private void Choose(torch.nn.Module module, bool isFinal)
    {
        lock (_gate)
        {
            if (_isFinal || (_chosen is not null && !isFinal))
            {
                return;
            }

            Forget();
            _candidates[module].Use(this);
            Volatile.Write(ref _chosen, module);
            _isFinal = isFinal;
        }
    }

    /// <summary>Forgets what a part of the model showed; under the gate.</summary>
    private void Forget()
    {
        if (_chosen is { } before)
        {
            Volatile.Write(ref _chosen, null);
            _candidates[before].Reset();
        }
    }
}
