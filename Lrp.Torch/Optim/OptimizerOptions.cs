namespace TorchSharp.Modules;

/// <summary>The options of one group of parameters; what is null is taken from the optimizer.</summary>
public class OptimizerOptions
{
    public double? LearningRate { get; set; }

    public double InitialLearningRate { get; set; }

    public virtual void SaveStateDict(BinaryWriter writer)
    {
        writer.Write(InitialLearningRate);
        writer.Write(LearningRate!.Value);
        Each(this, new OptionVisitor.Writing(writer));
    }

    public virtual void LoadStateDict(BinaryReader reader)
    {
        InitialLearningRate = reader.ReadDouble();
        LearningRate = reader.ReadDouble();
        Each(this, new OptionVisitor.Reading(reader));
    }

    public virtual void LoadStateDict(OptimizerOptions source)
    {
        InitialLearningRate = source.InitialLearningRate;
        LearningRate = source.LearningRate;
        Each(source, new OptionVisitor.Copying());
    }

    internal void Complete(OptimizerOptions defaults)
    {
        LearningRate ??= defaults.LearningRate;
        Each(defaults, new OptionVisitor.Completing());
    }

    /// <summary>Shows the options of one kind of optimizer to a visitor, each beside that of other options of the kind.</summary>
    internal virtual void Each(OptimizerOptions other, OptionVisitor visitor)
    {
    }
}
