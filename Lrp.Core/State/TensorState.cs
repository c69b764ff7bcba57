using System.Runtime.InteropServices;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.State;

/// <summary>One tensor that a model holds: its memory, and a copy of its values.</summary>
internal sealed class TensorState : IDisposable
{
    private readonly Tensor? _copy;

    // Has the tensor's memory and no history; outlives the tensor where the model disposes it.
    private Tensor _alias;
    private long? _version;
    private Tensor _now;

    /// <summary>Remembers a tensor. Gradients are off.</summary>
    public TensorState(Tensor tensor)
    {
        Original = _now = tensor;
        _alias = tensor.detach().DetachFromDisposeScope();
        _copy = CanBeWritten(tensor) ? _alias.clone().DetachFromDisposeScope() : null;
        _version = VersionOf(_alias);
    }

    /// <summary>The object that the model held.</summary>
    public Tensor Original { get; }

    /// <summary>What the model is to hold: the tensor, or one in its place where it was disposed.</summary>
    public Tensor Now
    {
        get
        {
            if (_now.IsInvalid)
            {
                _now = _alias.detach().DetachFromDisposeScope();
            }

            return _now;
        }
    }

    /// <summary>Takes back what was written over the tensor, and its history. Gradients are off.</summary>
    /// <returns>Whether anything had changed.</returns>
    public bool Restore()
    {
        var changed = RestoreValues();
        if (HasHistory(Now))
        {
            changed = true;
            if (!TryDetach(Now))
            {
                _now = _alias.detach().DetachFromDisposeScope();
            }
        }

        return changed;
    }

    /// <summary>Whether a tensor was computed from something that requires a gradient.</summary>
    public static bool HasHistory(Tensor tensor) => !tensor.IsInvalid && tensor.requires_grad && !tensor.is_leaf;

    /// <summary>Takes a tensor's history away; libtorch refuses it for views of other tensors.</summary>
    public static bool TryDetach(Tensor tensor)
    {
        try
        {
            tensor.detach_();
            return true;
        }
        catch (ExternalException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _alias.Dispose();
        _copy?.Dispose();
    }

    private bool RestoreValues()
    {
        if (_copy is null || (_version is { } before ? VersionOf(_alias) == before : _alias.Equals(_copy)))
        {
            return false;
        }

        try
        {
            _alias.copy_(_copy);
        }
        catch (ExternalException)
        {
            // A tensor of inference mode cannot be written outside of it.
            _alias.Dispose();
            _alias = _copy.clone().DetachFromDisposeScope();
            _now = _alias.detach().DetachFromDisposeScope();
        }

        _version = VersionOf(_alias);
        return true;
    }

    /// <summary>Entries that share one place in memory, as <c>expand</c> makes them, cannot be written.</summary>
    private static bool CanBeWritten(Tensor tensor)
    {
        if (tensor.is_sparse || tensor.device_type == TorchSharp.DeviceType.META || tensor.NumberOfElements == 0)
        {
            return false;
        }

        var (shape, strides) = (tensor.shape, tensor.stride());
        return !Enumerable.Range(0, shape.Length).Any(i => shape[i] > 1 && strides[i] == 0);
    }

    /// <summary>
    /// Null where changes are not counted: without the native library, in inference mode, and for vectors, because
    /// libtorch's batch norm writes its running means and variances past the counter.
    /// </summary>
    private static long? VersionOf(Tensor tensor) =>
        tensor.dim() > 1 && OperatorInterception.VersionOf(tensor) is { } version and >= 0 ? version : null;
}
