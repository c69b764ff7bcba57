using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>Activations in coordinates without correlation, in which a least-squares problem falls apart into numbers.</summary>
/// <param name="Rows">(rows, components), Float64, of mean 0. There are no more components than rows or neurons.</param>
/// <param name="Directions">(neurons, components): orthonormal columns, so that a weight is as long in both coordinates.</param>
/// <param name="Variances">(components), none of them 0: components without variance are left out.</param>
/// <param name="Mean">(1, neurons): the mean activations, which the rows are without.</param>
internal sealed record PrincipalComponents(Tensor Rows, Tensor Directions, Tensor Variances, Tensor Mean)
{
    private const double MachineEpsilon = 2.220446049250313e-16;

    /// <summary>The components of activations; the tensors belong to the dispose scope that is open.</summary>
    /// <param name="activations">(rows, neurons), of any floating-point type.</param>
    public static PrincipalComponents Of(Tensor activations)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = activations.detach().to(ScalarType.Float64);
        var (rows, neurons) = (x.shape[0], x.shape[1]);
        var mean = x.mean([0], keepdim: true);
        var centered = x - mean;

        // A neuron that changes by no more than rounding can tell nothing apart: its weight stays zero.
        var rounding = activations.dtype == ScalarType.Float64 ? 1e-13 : 1e-6;
        var constant = centered.abs().amax([0], keepdim: true).le(x.abs().amax([0], keepdim: true) * rounding);
        centered.masked_fill_(constant, 0);

        // The smaller of the two products has the same eigenvalues, other than zero, as the larger.
        var wide = neurons > rows;
        var (values, vectors) = linalg.eigh((wide ? centered.mm(centered.t()) : centered.t().mm(centered)) / rows);
        var negligible = values[-1].ToDouble() * Math.Max(rows, neurons) * MachineEpsilon;
        var count = values.gt(negligible).sum(ScalarType.Int64).ToInt64();
        var variances = values.narrow(0, values.shape[0] - count, count);
        var kept = vectors.narrow(1, vectors.shape[1] - count, count);
        var directions = wide ? centered.t().mm(kept / (variances * rows).sqrt()) : kept.masked_fill(constant.t(), 0);
        return new PrincipalComponents(
            centered.mm(directions).MoveToOuterDisposeScope(),
            directions.MoveToOuterDisposeScope(),
            variances.clone().MoveToOuterDisposeScope(),
            mean.MoveToOuterDisposeScope());
    }

    /// <summary>From weights of the components to a linear map of the neurons, in the activations' own type.</summary>
    /// <param name="weight">(outputs, components).</param>
    /// <param name="bias">(outputs), for rows of mean 0.</param>
    /// <param name="type">The type of the activations; half precision gives single.</param>
    /// <returns>(outputs, neurons) and (outputs); they belong to the dispose scope that is open.</returns>
    public (Tensor Weight, Tensor Bias) ToNeurons(Tensor weight, Tensor bias, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var result = type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var weights = weight.mm(Directions.t());
        var offset = bias - weights.mm(Mean.t()).squeeze(1);
        return (weights.to(result).MoveToOuterDisposeScope(), offset.to(result).MoveToOuterDisposeScope());
    }
}
