using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>
/// Multinomial logistic regression over all rows: minimizes the mean cross entropy + λ₂‖W‖² by L-BFGS, starting with
/// zero weights.
/// </summary>
/// <remarks>
/// The search uses weights of principal components, in double precision. The penalty is still on the weights of the
/// neurons, so the minimum is the same. MathNet's L-BFGS is used, because TorchSharp offers libtorch's only without a
/// line search: on one of 27 test problems it diverged to a loss of 3·10¹⁰.
/// </remarks>
internal static class LogisticRegression
{
    private const int StepsRemembered = 10;
    private const double NegligibleStep = 1e-12;

    public static (Tensor Weight, Tensor Bias) Solve(
        Tensor activations,
        Tensor labels,
        long classes,
        ProbeOptions options,
        IProgress<ProbeProgress>? progress,
        ILogger? logger
    )
    {
        using var scope = NewDisposeScope();
        var components = PrincipalComponents.Of(activations);
        var target = labels.to(ScalarType.Int64);
        var size = classes * components.Variances.shape[0];

        // Scales the coordinates so that the curvature of the loss is about equal in all directions. It would be
        // exactly equal if all classes were equally likely.
        var share = 1.0 / classes;
        var scale = ((components.Variances * (share * (1 - share))) + (2 * options.L2)).rsqrt();
        var rows = components.Rows * scale;
        var evaluations = 0;
        var steps = 0;
        var lowest = double.PositiveInfinity;
        var best = Vector<double>.Build.Dense((int)(size + classes));

        (double Loss, Vector<double> Gradient) Evaluate(Vector<double> point)
        {
            using var inner = NewDisposeScope();
            using var recording = set_grad_enabled(true);
            var parameters = tensor(point.ToArray(), device: activations.device, requires_grad: true);
            var (weight, bias) = Split(parameters, classes, size);
            var loss = nn.functional.cross_entropy(nn.functional.linear(rows, weight, bias), target);
            if (options.L2 > 0)
            {
                loss = loss + ((weight * scale).square().sum() * options.L2);
            }

            loss.backward();
            evaluations++;
            var reached = loss.ToDouble();
            if (reached < lowest)
            {
                (lowest, best) = (reached, point);
                progress?.Report(
                    new ProbeProgress(Math.Min(++steps, options.Iterations), options.Iterations, reached, null)
                );
            }

            return (reached, Vector<double>.Build.Dense(parameters.grad!.cpu().data<double>().ToArray()));
        }

        var search = new LimitedMemoryBfgsMinimizer(
            options.Tolerance,
            NegligibleStep,
            0,
            StepsRemembered,
            options.Iterations
        );
        string end;
        try
        {
            var result = search.FindMinimum(ObjectiveFunction.Gradient(Evaluate), best);
            end = result.Iterations > options.Iterations ? "the step limit was reached" : "the optimum was reached";
        }
        catch (OptimizationException exception)
        {
            // Near the optimum, rounding errors can prevent a descent; the lowest point found is then accurate enough.
            end = exception.Message;
        }

        logger?.LogDebug("Probe: loss {Loss:g5} after {Evaluations} evaluations; {End}", lowest, evaluations, end);
        using var noGrad = no_grad();
        var (found, offset) = Split(tensor(best.ToArray(), device: activations.device), classes, size);
        var (weights, biases) = components.ToNeurons(found * scale, offset, activations.dtype);
        return (weights.MoveToOuterDisposeScope(), biases.MoveToOuterDisposeScope());
    }

    private static (Tensor Weight, Tensor Bias) Split(Tensor parameters, long classes, long size) =>
        (parameters.narrow(0, 0, size).view(classes, size / classes), parameters.narrow(0, size, classes));
}
