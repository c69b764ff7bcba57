using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Optimizers;

/// <summary>
/// A parameter θ of two values whose loss is ½·(a·θ₀² + b·θ₁²), so that its gradient is (a·θ₀, b·θ₁): what an optimizer
/// does to it can be followed in plain arithmetic.
/// </summary>
internal sealed class Problem : IDisposable
{
    public static readonly double[] Curvature = [2, -0.5];

    private readonly Tensor _curvature = tensor(Curvature);

    public Parameter Parameter { get; } = nn.Parameter(tensor(new[] { 1.5, -2.0 }));

    public double[] Values => Parameter.data<double>().ToArray();

    /// <summary>Runs an optimizer, and beside it one value's update rule on each of the values.</summary>
    /// <param name="optimizer">Makes the optimizer.</param>
    /// <param name="rule">Makes a function from a value, its gradient and the step, 1 at first, to the next value.</param>
    /// <param name="steps">How many steps.</param>
    public static void Follow(Func<Parameter, optim.Optimizer> optimizer, Func<Func<double, double, int, double>> rule, int steps = 6)
    {
        using var problem = new Problem();
        using var running = optimizer(problem.Parameter);
        double[] expected = problem.Values;
        Func<double, double, int, double>[] rules = [rule(), rule()];
        for (var step = 1; step <= steps; step++)
        {
            problem.Backward(running);
            running.step();
            for (var i = 0; i < expected.Length; i++) expected[i] = rules[i](expected[i], Curvature[i] * expected[i], step);
            Assert.That(problem.Values, Is.EqualTo(expected).Within(1e-12), $"step {step}");
        }
    }

    public Tensor Backward(optim.Optimizer optimizer)
    {
        optimizer.zero_grad();
        var loss = 0.5 * (_curvature * Parameter * Parameter).sum();
        loss.backward();
        return loss;
    }

    public void Dispose()
    {
        Parameter.Dispose();
        _curvature.Dispose();
    }
}
