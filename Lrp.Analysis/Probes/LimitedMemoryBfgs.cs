using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>Minimizes a smooth function of a vector by L-BFGS (Nocedal 1980) with a backtracking line search.</summary>
/// <remarks>The caller frees the vector it gets, which belongs to no dispose scope. Vectors and their inner products stay on the device; one number comes back a function value.</remarks>
internal static class LimitedMemoryBfgs
{
    private const int History = 10;
    private const int Halvings = 20;
    private const double SufficientDecrease = 1e-4;

    public static Tensor Minimize(
        Tensor start, Func<Tensor, (double Value, Tensor Gradient)> function, int iterations, double tolerance, Action<int, double>? report)
    {
        var steps = new LinkedList<(Tensor Step, Tensor Change, Tensor Curvature)>();
        double negligible = start.dtype == ScalarType.Float64 ? 1e-16 : 1e-8;
        Tensor point = start.DetachFromDisposeScope();
        (double value, Tensor gradient) = Evaluate(function, point);
        for (int iteration = 1; iteration <= iterations; iteration++)
        {
            using var scope = NewDisposeScope();
            if (gradient.abs().max().ToDouble() <= tolerance)
            {
                break;
            }

            Tensor direction = Direction(gradient, steps);
            double slope = gradient.dot(direction).ToDouble();
            if (!(slope < 0))
            {
                // Rounding has spoilt the history; begin again with steepest descent.
                Forget(steps);
                direction = gradient.neg();
                slope = -gradient.dot(gradient).ToDouble();
            }

            double length = steps.Count == 0 ? Math.Min(1, 1 / gradient.norm().ToDouble()) : 1;
            if (Search(function, point, value, direction, slope, length) is not { } next)
            {
                break;
            }

            // What is less than rounding is no descent; line searches for it would only cost time.
            bool ended = value - next.Value <= negligible * Math.Abs(value);
            Remember(steps, next.Point - point, next.Gradient - gradient);
            point.Dispose();
            gradient.Dispose();
            (point, value, gradient) = next;
            report?.Invoke(iteration, value);
            if (ended)
            {
                break;
            }
        }

        Forget(steps);
        gradient.Dispose();
        return point;
    }

    /// <summary>The two loops over the history: minus the approximate inverse Hessian times the gradient.</summary>
    private static Tensor Direction(Tensor gradient, LinkedList<(Tensor Step, Tensor Change, Tensor Curvature)> steps)
    {
        Tensor q = gradient.clone();
        var shares = new Stack<Tensor>();
        for (var node = steps.Last; node is not null; node = node.Previous)
        {
            Tensor share = node.Value.Step.dot(q) / node.Value.Curvature;
            shares.Push(share);
            q = q - (share * node.Value.Change);
        }

        if (steps.Last is { } last)
        {
            q = q * (last.Value.Curvature / last.Value.Change.dot(last.Value.Change));
        }

        for (var node = steps.First; node is not null; node = node.Next)
        {
            q = q + ((shares.Pop() - (node.Value.Change.dot(q) / node.Value.Curvature)) * node.Value.Step);
        }

        return q.neg();
    }

    private static (Tensor Point, double Value, Tensor Gradient)? Search(
        Func<Tensor, (double Value, Tensor Gradient)> function, Tensor point, double value, Tensor direction, double slope, double length)
    {
        for (int halving = 0; halving < Halvings; halving++, length /= 2)
        {
            Tensor candidate = (point + (direction * length)).DetachFromDisposeScope();
            (double reached, Tensor gradient) = Evaluate(function, candidate);
            if (double.IsFinite(reached) && reached <= value + (SufficientDecrease * length * slope))
            {
                return (candidate, reached, gradient);
            }

            candidate.Dispose();
            gradient.Dispose();
        }

        return null;
    }

    private static (double Value, Tensor Gradient) Evaluate(Func<Tensor, (double Value, Tensor Gradient)> function, Tensor point)
    {
        using var scope = NewDisposeScope();
        (double value, Tensor gradient) = function(point);
        return (value, gradient.DetachFromDisposeScope());
    }

    private static void Remember(LinkedList<(Tensor Step, Tensor Change, Tensor Curvature)> steps, Tensor step, Tensor change)
    {
        Tensor curvature = step.dot(change);
        if (!(curvature.ToDouble() > 0))
        {
            return;
        }

        steps.AddLast((step.DetachFromDisposeScope(), change.DetachFromDisposeScope(), curvature.DetachFromDisposeScope()));
        if (steps.Count > History)
        {
            Free(steps.First!.Value);
            steps.RemoveFirst();
        }
    }

    private static void Forget(LinkedList<(Tensor Step, Tensor Change, Tensor Curvature)> steps)
    {
        foreach (var entry in steps)
        {
            Free(entry);
        }

        steps.Clear();
    }

    private static void Free((Tensor Step, Tensor Change, Tensor Curvature) entry)
    {
        entry.Step.Dispose();
        entry.Change.Dispose();
        entry.Curvature.Dispose();
    }
}
