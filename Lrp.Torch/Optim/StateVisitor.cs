using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Something done to all that an optimizer remembers of a parameter, in the order in which it is stored.</summary>
internal abstract class StateVisitor
{
    /// <param name="own">A count.</param>
    /// <param name="other">The same count of another state.</param>
    public virtual void Visit(ref long own, long other)
    {
    }

    public virtual void Visit(ref double own, double other)
    {
    }

    public virtual void Visit(ref Tensor own, Tensor other) => VisitOptional(ref own!, other);

    /// <param name="own">A tensor that may be absent.</param>
    /// <param name="other">The same tensor of another state.</param>
    public abstract void VisitOptional(ref Tensor? own, Tensor? other);

    internal sealed class Writing(BinaryWriter writer) : StateVisitor
    {
        public override void Visit(ref long own, long other) => writer.Write(own);

        public override void Visit(ref double own, double other) => writer.Write(own);

        public override void Visit(ref Tensor own, Tensor other) => own.Save(writer);

        public override void VisitOptional(ref Tensor? own, Tensor? other) => OptimizerState.SaveOptional(writer, own);
    }

    internal sealed class Reading(BinaryReader reader, Device device) : StateVisitor
    {
        public override void Visit(ref long own, long other) => own = reader.ReadInt64();

        public override void Visit(ref double own, double other) => own = reader.ReadDouble();

        public override void Visit(ref Tensor own, Tensor other) => own.Load(reader);

        public override void VisitOptional(ref Tensor? own, Tensor? other) => OptimizerState.LoadOptional(reader, ref own, device);
    }

    internal sealed class Copying(Device device) : StateVisitor
    {
        public override void Visit(ref long own, long other) => own = other;

        public override void Visit(ref double own, double other) => own = other;

        public override void VisitOptional(ref Tensor? own, Tensor? other)
        {
            own?.Dispose();
            own = other?.to(device, copy: true).DetachFromDisposeScope();
        }
    }

    internal sealed class Comparing : StateVisitor
    {
        private bool _seen;
        private bool _differs;

        /// <summary>Whether there was anything, and it was the same.</summary>
        public bool AllClose => _seen && !_differs;

        public override void Visit(ref long own, long other) => Note(own == other);

        public override void Visit(ref double own, double other) => Note(own == other);

        public override void VisitOptional(ref Tensor? own, Tensor? other) =>
            Note(own is null || other is null ? own is null && other is null : own.allclose(other));

        private void Note(bool same)
        {
            _seen = true;
            _differs |= !same;
        }
    }

    internal sealed class Moving(Device device) : StateVisitor
    {
        public override void VisitOptional(ref Tensor? own, Tensor? other) =>
            own = own?.to(device, disposeAfter: true).DetachFromDisposeScope();
    }

    internal sealed class Disposing : StateVisitor
    {
        public override void VisitOptional(ref Tensor? own, Tensor? other) => own?.Dispose();
    }
}
