using Lrp.Torch.NN;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Initial values of parameters. Each function writes into its tensor, unrecorded, and returns it.</summary>
        public static class init
        {
            public enum NonlinearityType
            {
                Linear = 0,
                Conv1D = 1,
                Conv2D = 2,
                Conv3D = 3,
                ConvTranspose1D = 4,
                ConvTranspose2D = 5,
                ConvTranspose3D = 6,
                Sigmoid = 7,
                Tanh = 8,
                ReLU = 9,
                LeakyReLU = 10,
            }

            public enum FanInOut
            {
                FanIn = 0,
                FanOut = 1,
            }

            /// <summary>By how much a nonlinearity's input should be scaled to keep the variance. The parameter is a leaky ReLU's slope.</summary>
            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0.0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3,
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + (param * param))),
                _ => 1,
            };

            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);

            public static Tensor zeros_(Tensor tensor) => constant_(tensor, 0);

            public static Tensor constant_(Tensor tensor, Scalar val)
            {
                using var recordingOff = no_grad();
                return tensor.fill_(val);
            }

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null)
            {
                using var recordingOff = no_grad();
                return tensor.uniform_(low, high, generator!);
            }

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null)
            {
                using var recordingOff = no_grad();
                return tensor.normal_(mean, std, generator!);
            }

            /// <summary>A normal distribution of which only what lies between <paramref name="a"/> and <paramref name="b"/> is drawn.</summary>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0.0, double std = 1.0, double a = -2.0, double b = 2.0, Generator? generator = null)
            {
                using var recordingOff = no_grad();
                // The inverse of the distribution function at uniform points between its values at the bounds; through
                // erf⁻¹, whose argument is 2Φ - 1.
                var low = (2 * NormalDistribution.Cumulative((a - mean) / std)) - 1;
                var high = (2 * NormalDistribution.Cumulative((b - mean) / std)) - 1;
                return tensor.uniform_(low, high, generator!).erfinv_().mul_(std * Math.Sqrt(2)).add_(mean).clamp_(a, b);
            }

            /// <summary>The identity matrix.</summary>
            public static Tensor eye_(Tensor tensor)
            {
                RequireDimensions(tensor, 2, 2, nameof(eye_));
                using var recordingOff = no_grad();
                using var diagonal = tensor.zero_().diagonal();
                diagonal.fill_(1);
                return tensor;
            }

            /// <summary>A convolution's weight that passes as many input channels on as it can.</summary>
            public static Tensor dirac_(Tensor tensor)
            {
                RequireDimensions(tensor, 3, 5, nameof(dirac_));
                using var recordingOff = no_grad();
                using var scope = NewDisposeScope();
                var centre = tensor.zero_();
                for (var dim = tensor.Dimensions - 1; dim >= 2; dim--) centre = centre.select(dim, centre.shape[dim] / 2);
                centre.diagonal().fill_(1);
                return tensor;
            }

            /// <summary>Rows, or columns where there are fewer of them, that are orthonormal, times a gain (Saxe et al. 2013).</summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1.0)
            {
                RequireDimensions(tensor, 2, int.MaxValue, nameof(orthogonal_));
                using var recordingOff = no_grad();
                using var scope = NewDisposeScope();
                var rows = tensor.shape[0];
                var columns = tensor.NumberOfElements / rows;
                var random = randn(new[] { rows, columns }, dtype: tensor.dtype, device: tensor.device);
                var (q, r) = linalg.qr(rows < columns ? random.transpose(0, 1) : random);
                // R's diagonal made positive, Q is distributed uniformly (Mezzadri 2007).
                q = q.mul(r.diagonal().sign());
                if (rows < columns) q = q.transpose(0, 1);
                tensor.copy_(q.reshape(tensor.shape));
                return tensor.mul_(gain);
            }

            /// <summary>Normally distributed values, of which a fraction in each column is zero (Martens 2010).</summary>
            public static Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01)
            {
                RequireDimensions(tensor, 2, 2, nameof(sparse_));
                using var recordingOff = no_grad();
                using var scope = NewDisposeScope();
                var (rows, columns) = (tensor.shape[0], tensor.shape[1]);
                var zeros = (long)Math.Ceiling(sparsity * rows);
                tensor.normal_(0, std);
                for (var column = 0L; column < columns; column++)
                {
                    var chosen = randperm(rows, dtype: ScalarType.Int64, device: tensor.device).narrow(0, 0, zeros);
                    tensor.select(1, column).index_fill_(0, chosen, 0);
                }

                return tensor;
            }

            /// <summary>He et al. 2015: uniform, with the standard deviation gain / √fan.</summary>
            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                var bound = Math.Sqrt(3) * KaimingDeviation(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>He et al. 2015: normal, with the standard deviation gain / √fan.</summary>
            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU) =>
                normal_(tensor, 0, KaimingDeviation(tensor, a, mode, nonlinearity));

            /// <summary>Glorot and Bengio 2010: uniform, with the standard deviation gain · √(2 / (fan in + fan out)).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0)
            {
                var bound = Math.Sqrt(3) * XavierDeviation(tensor, gain);
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor glorot_uniform_(Tensor tensor, double gain = 1.0) => xavier_uniform_(tensor, gain);

            /// <summary>Glorot and Bengio 2010: normal, with the standard deviation gain · √(2 / (fan in + fan out)).</summary>
            public static Tensor xavier_normal_(Tensor tensor, double gain = 1.0) => normal_(tensor, 0, XavierDeviation(tensor, gain));

            public static Tensor glorot_normal_(Tensor tensor, double gain = 1.0) => xavier_normal_(tensor, gain);

            /// <summary>How many values go into, and how many come out of, one unit of a weight's layer.</summary>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                    throw new ArgumentException("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
                var field = 1L;
                foreach (var length in shape.AsSpan(2)) field *= length;
                return (shape[1] * field, shape[0] * field);
            }

            private static double KaimingDeviation(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            private static double XavierDeviation(Tensor tensor, double gain)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return gain * Math.Sqrt(2.0 / (fanIn + fanOut));
            }

            private static void RequireDimensions(Tensor tensor, int least, int most, string function)
            {
                if (tensor.Dimensions >= least && tensor.Dimensions <= most) return;
                var allowed = least == most ? $"{least}" : most == int.MaxValue ? $"at least {least}" : $"{least} to {most}";
                throw new ArgumentException($"{function} needs a tensor of {allowed} dimensions, not of shape [{string.Join(", ", tensor.shape)}].");
            }
        }
    }
}
