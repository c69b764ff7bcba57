namespace TorchSharp;

/// <summary>What lies beyond the border.</summary>
public enum PaddingModes
{
    Zeros = 0,
    Reflect = 1,
    Replicate = 2,
    Circular = 3,
    Constant = 4,
}

/// <summary>Padding chosen by its effect: none, or as much as keeps the size.</summary>
public enum Padding
{
    Valid = 0,
    Same = 1,
}

/// <summary>How the embeddings of a bag are joined.</summary>
public enum EmbeddingBagMode
{
    Sum = 0,
    Mean = 1,
    Max = 2,
}

/// <content>Choices of the recurrent and attention modules.</content>
public static partial class torch
{
    public static partial class nn
    {
        /// <summary>The element-wise function of a plain recurrent module.</summary>
        public enum NonLinearities
        {
            ReLU = 0,
            Tanh = 1,
        }

        /// <summary>The element-wise function between a transformer layer's linear modules.</summary>
        public enum Activations
        {
            ReLU = 0,
            GELU = 1,
        }
    }
}
