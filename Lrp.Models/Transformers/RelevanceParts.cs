namespace Lrp.Models.Transformers;

/// <summary>What is read beside the relevance of tokens.</summary>
[Flags]
public enum RelevanceParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Relevance at the input of each block and before the last norm.</summary>
    Latents = 1,

    /// <summary>Relevance of each head of attention.</summary>
    Heads = 2,

    /// <summary>Relevance of each expert.</summary>
    Experts = 4,

    /// <summary>What pages, pictures and texts show: all but neurons.</summary>
    Shown = Latents | Heads | Experts,

    /// <summary>Relevance of each neuron between the two linear layers of an MLP.</summary>
    Neurons = 8,

    /// <summary>All of them.</summary>
    All = Shown | Neurons,
}
