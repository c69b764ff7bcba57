namespace TorchSharp;

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
