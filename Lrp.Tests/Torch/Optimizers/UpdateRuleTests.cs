using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Optimizers;

/// <summary>Each optimizer against its published update rule, for one value in plain C#.</summary>
public sealed class UpdateRuleTests
{
    [Test]
    public void GradientDescent() =>
        Problem.Follow(p => optim.SGD([p], 0.1), () => (θ, g, _) => θ - (0.1 * g));

    [Test]
    public void GradientDescentWithWeightDecay() =>
        Problem.Follow(p => optim.SGD([p], 0.1, weight_decay: 0.3), () => (θ, g, _) => θ - (0.1 * (g + (0.3 * θ))));

    [Test]
    public void GradientAscent() =>
        Problem.Follow(p => optim.SGD([p], 0.1, maximize: true), () => (θ, g, _) => θ + (0.1 * g));

    [TestCase(0.0, false)]
    [TestCase(0.4, false)]
    [TestCase(0.0, true)]
    public void GradientDescentWithMomentum(double dampening, bool nesterov) =>
        Problem.Follow(p => optim.SGD([p], 0.1, momentum: 0.9, dampening: dampening, nesterov: nesterov), () =>
        {
            var v = 0.0;
            return (θ, g, t) =>
            {
                v = t == 1 ? g : (0.9 * v) + ((1 - dampening) * g);
                return θ - (0.1 * (nesterov ? g + (0.9 * v) : v));
            };
        });

    [TestCase(0.0, false, false)]
    [TestCase(0.2, false, false)]
    [TestCase(0.0, true, false)]
    [TestCase(0.2, true, true)]
    public void Adam(double decay, bool amsgrad, bool maximize) =>
        Problem.Follow(p => optim.Adam([p], 0.05, 0.8, 0.95, 1e-3, decay, amsgrad, maximize), () =>
        {
            var moments = new AdamMoments(0.8, 0.95, amsgrad);
            return (θ, g, t) => θ - (0.05 * moments.Direction((maximize ? -g : g) + (decay * θ), t, 1e-3));
        });

    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    public void AdamW(bool amsgrad, bool maximize) =>
        Problem.Follow(p => optim.AdamW([p], 0.05, 0.8, 0.95, 1e-3, 0.2, amsgrad, maximize), () =>
        {
            var moments = new AdamMoments(0.8, 0.95, amsgrad);
            return (θ, g, t) => (θ * (1 - (0.05 * 0.2))) - (0.05 * moments.Direction(maximize ? -g : g, t, 1e-3));
        });

    [TestCase(0.0, false)]
    [TestCase(0.7, false)]
    [TestCase(0.7, true)]
    public void RMSProp(double momentum, bool centered) =>
        Problem.Follow(p => optim.RMSProp([p], 0.02, 0.9, 1e-3, 0.1, momentum, centered), () =>
        {
            double v = 0, mean = 0, buffer = 0;
            return (θ, g, _) =>
            {
                g += 0.1 * θ;
                v = (0.9 * v) + (0.1 * g * g);
                mean = (0.9 * mean) + (0.1 * g);
                var step = g / (Math.Sqrt(centered ? v - (mean * mean) : v) + 1e-3);
                buffer = (momentum * buffer) + step;
                return θ - (0.02 * (momentum > 0 ? buffer : step));
            };
        });

    [Test]
    public void Adagrad() =>
        Problem.Follow(p => optim.Adagrad([p], 0.3, lr_decay: 0.1, weight_decay: 0.1, initial_accumulator_value: 0.5, eps: 1e-3), () =>
        {
            var sum = 0.5;
            return (θ, g, t) =>
            {
                g += 0.1 * θ;
                sum += g * g;
                return θ - (0.3 / (1 + ((t - 1) * 0.1)) * g / (Math.Sqrt(sum) + 1e-3));
            };
        });

    [Test]
    public void Adadelta() =>
        Problem.Follow(p => optim.Adadelta([p], 0.7, rho: 0.9, eps: 1e-2, weight_decay: 0.1), () =>
        {
            double v = 0, u = 0;
            return (θ, g, _) =>
            {
                g += 0.1 * θ;
                v = (0.9 * v) + (0.1 * g * g);
                var δ = Math.Sqrt(u + 1e-2) / Math.Sqrt(v + 1e-2) * g;
                u = (0.9 * u) + (0.1 * δ * δ);
                return θ - (0.7 * δ);
            };
        });

    [Test]
    public void Adamax() =>
        Problem.Follow(p => optim.Adamax([p], 0.05, 0.8, 0.95, 1e-3, 0.1), () =>
        {
            double m = 0, u = 0;
            return (θ, g, t) =>
            {
                g += 0.1 * θ;
                m = (0.8 * m) + (0.2 * g);
                u = Math.Max(0.95 * u, Math.Abs(g) + 1e-3);
                return θ - (0.05 / (1 - Math.Pow(0.8, t)) * m / u);
            };
        });

    [Test]
    public void NAdam() =>
        Problem.Follow(p => optim.NAdam([p], 0.05, 0.8, 0.95, 1e-3, 0.1, 4e-3), () =>
        {
            double m = 0, v = 0, product = 1;
            double Mu(int t) => 0.8 * (1 - (0.5 * Math.Pow(0.96, t * 4e-3)));
            return (θ, g, t) =>
            {
                g += 0.1 * θ;
                m = (0.8 * m) + (0.2 * g);
                v = (0.95 * v) + (0.05 * g * g);
                product *= Mu(t);
                var scale = Math.Sqrt(v / (1 - Math.Pow(0.95, t))) + 1e-3;
                return θ - (0.05 * (((1 - Mu(t)) * g / (1 - product)) + (Mu(t + 1) * m / (1 - (product * Mu(t + 1))))) / scale);
            };
        });

    private sealed class AdamMoments(double beta1, double beta2, bool amsgrad)
    {
        private double _m;
        private double _v;
        private double _largest;

        public double Direction(double g, int t, double eps)
        {
            _m = (beta1 * _m) + ((1 - beta1) * g);
            _v = (beta2 * _v) + ((1 - beta2) * g * g);
            _largest = Math.Max(_largest, _v);
            var v = (amsgrad ? _largest : _v) / (1 - Math.Pow(beta2, t));
            return _m / (1 - Math.Pow(beta1, t)) / (Math.Sqrt(v) + eps);
        }
    }
}
