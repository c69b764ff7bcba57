using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What an optimizer remembers of one parameter.</summary>
public abstract class OptimizerState
{
    protected Parameter _parameter;

    protected OptimizerState(Parameter parameter)
    {
        _parameter = parameter;
    }

    /// <summary>Forgets everything.</summary>
    public abstract void Initialize(OptimizerOptions options);

    public abstract void SaveStateDict(BinaryWriter writer);

    public abstract void LoadStateDict(BinaryReader reader);

    /// <summary>Takes over, as copies, what another state remembers.</summary>
    public abstract void LoadStateDict(OptimizerState source);

    public virtual bool ApproximatelyEquals(OptimizerState other)
    {
        if (other?.GetType() != GetType()) return false;
        var comparing = new StateVisitor.Comparing();
        Each(other, comparing);
        return comparing.AllClose;
    }

    public virtual void to(Device device) => Each(this, new StateVisitor.Moving(device));

    /// <summary>Writes whether there is a tensor, and the tensor.</summary>
    protected static void SaveConditionalStateTensor(BinaryWriter writer, Tensor? tensor)
    {
        writer.Write(tensor is not null);
        tensor?.Save(writer);
    }

    /// <summary>Reads what <see cref="SaveConditionalStateTensor"/> wrote.</summary>
    protected static void LoadConditionalStateTensor(BinaryReader reader, ref Tensor? result, Device device)
    {
        if (reader.ReadBoolean())
        {
            TensorExtensionMethods.Load(ref result, reader);
            result = result?.to(device, disposeAfter: true).DetachFromDisposeScope();
        }
        else
        {
            result?.Dispose();
            result = null;
        }
    }

    internal static void SaveOptional(BinaryWriter writer, Tensor? tensor) => SaveConditionalStateTensor(writer, tensor);

    internal static void LoadOptional(BinaryReader reader, ref Tensor? tensor, Device device) =>
        LoadConditionalStateTensor(reader, ref tensor, device);

    /// <summary>Shows all that is remembered to a visitor, each beside that of another state of the kind.</summary>
    internal virtual void Each(OptimizerState other, StateVisitor visitor)
    {
    }

    internal void Save(BinaryWriter writer) => Each(this, new StateVisitor.Writing(writer));

    internal void Load(BinaryReader reader) => Each(this, new StateVisitor.Reading(reader, _parameter.device));

    internal void CopyFrom(OptimizerState source) => Each(source, new StateVisitor.Copying(_parameter.device));

    internal void DisposeTensors() => Each(this, new StateVisitor.Disposing());

    /// <summary>Zeros of the parameter's shape, in place of what was there.</summary>
    internal void Clear(ref Tensor tensor)
    {
        tensor?.Dispose();
        tensor = zeros_like(_parameter).DetachFromDisposeScope();
    }
}
