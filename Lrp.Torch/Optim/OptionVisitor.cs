namespace TorchSharp.Modules;

/// <summary>Something done to each option of an optimizer, in the order in which they are stored.</summary>
internal abstract class OptionVisitor
{
    /// <param name="own">The option.</param>
    /// <param name="other">The same option of other options.</param>
    public abstract void Visit<T>(ref T? own, T? other)
        where T : struct;

    internal sealed class Writing(BinaryWriter writer) : OptionVisitor
    {
        public override void Visit<T>(ref T? own, T? other)
        {
            object value = own!.Value;
            if (value is double number) writer.Write(number);
            else writer.Write((bool)value);
        }
    }

    internal sealed class Reading(BinaryReader reader) : OptionVisitor
    {
        public override void Visit<T>(ref T? own, T? other)
        {
            object value = typeof(T) == typeof(double) ? reader.ReadDouble() : (object)reader.ReadBoolean();
            own = (T)value;
        }
    }

    internal sealed class Copying : OptionVisitor
    {
        public override void Visit<T>(ref T? own, T? other) => own = other;
    }

    /// <summary>Takes what is not set from the optimizer's own options.</summary>
    internal sealed class Completing : OptionVisitor
    {
        public override void Visit<T>(ref T? own, T? other) => own ??= other;
    }
}
