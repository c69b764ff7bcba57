using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers;

/// <summary>Sizes that a checkpoint can have, before any of its modules is made.</summary>
internal static class ConfigurationChecks
{
    /// <summary>Checks the stacks of a configuration.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="files">The checkpoint.</param>
    /// <param name="path">The file that has the configuration.</param>
    /// <exception cref="FormatException">A size is not positive, or larger than the checkpoint.</exception>
    public static void Check(TransformerConfiguration configuration, Checkpoint files, string path)
    {
        var numbers = CheckpointSizes.NumbersIn(files);
        foreach (var stack in new[] { configuration.Encoder, configuration.Stack }.OfType<StackConfiguration>())
        {
            var blocks = stack.SharedBlocks is null ? stack.Layers : 1;
            (string What, long Size, long Most)[] sizes =
            [
                ("blocks", blocks, files.Entries.Count),
                ("words", stack.Vocabulary, numbers),
                ("features", stack.Width, numbers),
                ("heads", stack.Attention.Heads, numbers),
                ("heads of keys", stack.Attention.KeyHeads, stack.Attention.Heads),
                ("features of a head", stack.Attention.HeadSize, numbers),
                ("neurons of a block", stack.Mlp.Inner, numbers),
            ];
            CheckpointSizes.Check(
                path,
                sizes.Select(entry => ($"says that the model has {entry.Size} {entry.What}", entry.Size, entry.Most))
            );
        }
    }
}
