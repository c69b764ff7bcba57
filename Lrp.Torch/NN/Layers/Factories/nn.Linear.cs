using TorchSharp.Modules;

namespace TorchSharp;

/// <content>Factories of the modules of this family.</content>
public static partial class torch
{
    public static partial class nn
    {
        public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
            new(inputSize, outputSize, hasBias, device, dtype);

        public static Linear Linear(Parameter weight, Parameter? bias = null) =>
            new(weight, bias);

        public static Bilinear Bilinear(
            long in1_features, long in2_features, long out_features, bool hasBias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new(in1_features, in2_features, out_features, hasBias, device, dtype);

        public static Identity Identity() =>
            new();

        public static Flatten Flatten(long start_dim = 1, long end_dim = -1) =>
            new(start_dim, end_dim);

        public static Unflatten Unflatten(long dim, long[] unflattened_size) =>
            new(dim, unflattened_size);
    }
}
