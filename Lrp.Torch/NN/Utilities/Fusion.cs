using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>
            /// The weight and bias of one convolution that does what a convolution and then a batch normalization in
            /// evaluation mode do: w' = w·γ/√(σ²+ε), b' = (b-μ)·γ/√(σ²+ε) + β.
            /// </summary>
            /// <param name="conv_w">The convolution's weight.</param>
            /// <param name="conv_b">Its bias, if any.</param>
            /// <param name="bn_rm">The running mean μ, [channels].</param>
            /// <param name="bn_rv">The running variance σ², [channels].</param>
            /// <param name="bn_eps">ε.</param>
            /// <param name="bn_w">γ, if any.</param>
            /// <param name="bn_b">β, if any.</param>
            /// <param name="transpose">Whether the convolution is transposed, so that its second dimension is the outputs.</param>
            public static (Parameter weight, Parameter bias) fuse_conv_bn_weights(
                Tensor conv_w, Tensor? conv_b, Tensor bn_rm, Tensor bn_rv, double bn_eps, Tensor? bn_w, Tensor? bn_b, bool transpose = false)
            {
                var shape = new long[conv_w.Dimensions];
                Array.Fill(shape, 1L);
                shape[transpose ? 1 : 0] = -1;
                return Fused(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape);
            }

            /// <summary>The weight and bias of one linear layer that does what a linear layer and then a batch normalization in evaluation mode do.</summary>
            public static (Parameter weight, Parameter bias) fuse_linear_bn_weights(
                Tensor linear_w, Tensor? linear_b, Tensor bn_rm, Tensor bn_rv, double bn_eps, Tensor bn_w, Tensor bn_b) =>
                Fused(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1]);

            /// <summary>One linear layer that does what a linear layer and then a batch normalization, both in evaluation mode, do.</summary>
            /// <exception cref="InvalidOperationException">One of them is in training mode.</exception>
            public static Linear fuse_linear_bn_eval(Linear linear, BatchNorm bn)
            {
                if (linear.training || bn.training) throw new InvalidOperationException("Fusing operators is valid only for eval mode.");
                var (weight, bias) = fuse_linear_bn_weights(linear.weight, linear.bias, bn.running_mean!, bn.running_var!, bn.eps, bn.weight!, bn.bias!);
                return Linear(weight, bias);
            }

            private static (Parameter Weight, Parameter Bias) Fused(
                Tensor weight, Tensor? bias, Tensor mean, Tensor variance, double eps, Tensor? gamma, Tensor? beta, long[] shape)
            {
                var (weightTracked, biasTracked) = (weight.requires_grad, bias?.requires_grad ?? false);
                using var recordingOff = no_grad();
                using var scope = NewDisposeScope();
                var scale = variance.add(eps).rsqrt();
                if (gamma is not null) scale = scale.mul(gamma);
                var shifted = (bias is null ? mean.neg() : bias.sub(mean)).mul(scale);
                if (beta is not null) shifted = shifted.add(beta);
                var fusedWeight = new Parameter(weight.mul(scale.reshape(shape)).to(weight.dtype), weightTracked);
                var fusedBias = new Parameter(shifted.to(bias?.dtype ?? weight.dtype), biasTracked);
                return scope.MoveToOuter(fusedWeight, fusedBias);
            }
        }
    }
}
