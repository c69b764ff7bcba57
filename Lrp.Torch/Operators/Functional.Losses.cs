using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>(x - y)².</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Broadcast(input, target, (x, y) => mse_loss_of(x, y, (long)reduction));

            /// <summary>|x - y|.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Broadcast(input, target, (x, y) => l1_loss_of(x, y, (long)reduction));

            /// <summary>Quadratic up to <paramref name="beta"/>, linear beyond.</summary>
            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) =>
                Broadcast(input, target, (x, y) => smooth_l1_loss_of(x, y, (long)reduction, beta));

            /// <summary>Quadratic up to <paramref name="delta"/>, linear with that slope beyond.</summary>
            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean) =>
                Broadcast(input, target, (x, y) => huber_loss_of(x, y, (long)reduction, delta));

            /// <summary>-(y log x + (1 - y) log(1 - x)).</summary>
            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                SameShape(input, target, "binary_cross_entropy");
                return binary_cross_entropy_of(input, target, weight, (long)reduction);
            }

            /// <summary>Binary cross entropy of sigmoid(x).</summary>
            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null)
            {
                SameShape(input, target, "binary_cross_entropy_with_logits");
                return binary_cross_entropy_with_logits_of(input, target, weight, pos_weights, (long)reduction);
            }

            /// <summary>½ (log v + (x - y)² / v), summed over all but the first dimension, v being at least <paramref name="eps"/>; plus ½ log 2π an entry if <paramref name="full"/>.</summary>
            public static Tensor gaussian_nll_loss(Tensor input, Tensor target, Tensor variance, bool full = false, float eps = 1E-06f, Reduction reduction = Reduction.Mean)
            {
                using var loss = new Modules.GaussianNLLLoss(full, eps, reduction);
                return loss.call(input, target, variance);
            }

            /// <summary>The mean over classes of each class's binary cross entropy with logits.</summary>
            public static Tensor multilabel_soft_margin_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                using var scope = NewDisposeScope();
                var loss = -(target * input.log_sigmoid() + (1 - target) * (-input).log_sigmoid());
                var weighted = weight is null ? loss : loss * weight;
                return Reduced(weighted.sum(-1) / input.shape[^1], reduction).MoveToOuterDisposeScope();
            }

            /// <summary>max(0, d(a, p) - d(a, n) + margin), with any distance d.</summary>
            public static Tensor triplet_margin_with_distance_loss(Tensor anchor, Tensor positive, Tensor negative, Func<Tensor, Tensor, Tensor>? distance = null, double margin = 1, bool swap = false, Reduction reduction = Reduction.Mean)
            {
                using var scope = NewDisposeScope();
                distance ??= (x, y) => pairwise_distance(x, y);
                var near = distance(anchor, positive);
                var far = distance(anchor, negative);
                if (swap)
                {
                    far = far.minimum(distance(positive, negative));
                }

                return Reduced((near - far + margin).clamp_min(0), reduction).MoveToOuterDisposeScope();
            }

            private static Tensor Reduced(Tensor loss, Reduction reduction) => reduction switch
            {
                Reduction.None => loss,
                Reduction.Mean => loss.mean(),
                Reduction.Sum => loss.sum(),
                _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "A loss is reduced by None, Mean or Sum."),
            };

            private static Tensor Broadcast(Tensor input, Tensor target, Func<Tensor, Tensor, Tensor> loss)
            {
                ArgumentNullException.ThrowIfNull(input);
                ArgumentNullException.ThrowIfNull(target);
                if (input.shape.AsSpan().SequenceEqual(target.shape))
                {
                    return loss(input, target);
                }

                var pair = broadcast_tensors(input, target);
                using Tensor x = pair[0], y = pair[1];
                return loss(x, y);
            }

            private static void SameShape(Tensor input, Tensor target, string name)
            {
                ArgumentNullException.ThrowIfNull(input);
                ArgumentNullException.ThrowIfNull(target);
                if (!input.shape.AsSpan().SequenceEqual(target.shape))
                {
                    throw new ExternalException(
                        $"{name}: the target's shape [{string.Join(", ", target.shape)}] differs from the input's [{string.Join(", ", input.shape)}].");
                }
            }
        }
    }
}
