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
        var numbers = files.Entries.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size));
        foreach (var stack in new[] { configuration.Encoder, configuration.Stack }.OfType<StackConfiguration>())
        {
            var blocks = stack.SharedBlocks is null ? stack.Layers : 1;
            (string What, long Size, long Least, long Most)[] sizes =
            [
                ("blocks", blocks, 1, files.Entries.Count),
                ("words", stack.Vocabulary, 1, numbers),
                ("features", stack.Width, 1, numbers),
                ("heads", stack.Attention.Heads, 1, numbers),
                ("heads of keys", stack.Attention.KeyHeads, 1, stack.Attention.Heads),
                ("features of a head", stack.Attention.HeadSize, 1, numbers),
                ("neurons of a block", stack.Mlp.Inner, 1, numbers),
            ];
            foreach (var (what, size, least, most) in sizes)
            {
                if (size < least || size > most)
                {
                    throw new FormatException(
                        $"{path} says that the model has {size} {what}, and the checkpoint beside it can have {least} "
                            + $"to {most}: take both from one place."
                    );
                }
            }
        }
    }
}
