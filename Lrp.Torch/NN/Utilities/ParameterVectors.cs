using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>All values of some parameters, one after the other, as one vector.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat(tensors.Select(tensor => tensor.reshape(-1)).ToArray(), 0).MoveToOuterDisposeScope();
            }

            /// <summary>Copies a vector's values into parameters, one after the other.</summary>
            /// <exception cref="ArgumentException">The vector has not as many values as the parameters.</exception>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                var targets = tensors.ToList();
                var wanted = targets.Sum(target => target.NumberOfElements);
                if (vec.NumberOfElements != wanted)
                    throw new ArgumentException($"The vector has {vec.NumberOfElements} values, and the parameters {wanted}.", nameof(vec));

                using var recordingOff = no_grad();
                using var scope = NewDisposeScope();
                var start = 0L;
                foreach (var target in targets)
                {
                    target.copy_(vec.narrow(0, start, target.NumberOfElements).view_as(target));
                    start += target.NumberOfElements;
                }
            }
        }
    }
}
