using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>
/// Activations in uncorrelated coordinates, in which a least-squares problem has a separate solution per component.
/// </summary>
/// <param name="Rows">
/// (rows, components), Float64, with mean 0. There are at most as many components as rows and as neurons.
/// </param>
/// <param name="Directions">
/// (neurons, components): orthonormal columns, so that a weight has the same norm in both coordinates.
/// </param>
/// <param name="Variances">(components), none of them 0: components without variance are left out.</param>
/// <param name="Mean">(1, neurons): the mean activations, which were subtracted from the rows.</param>
internal sealed record PrincipalComponents(Tensor Rows, Tensor Directions, Tensor Variances, Tensor Mean)
{
    private const double MachineEpsilon = 2.220446049250313e-16;

    /// <summary>Computes the components of activations; the tensors belong to the open dispose scope.</summary>
    /// <param name="activations">(rows, neurons), of any floating-point type.</param>
    public static PrincipalComponents Of(Tensor activations)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var x = activations.detach().to(ScalarType.Float64);
        var (rows, neurons) = (x.shape[0], x.shape[1]);
        var mean = x.mean([0], keepdim: true);
        var centered = x - mean;

        // A neuron whose values differ only by rounding errors carries no information; its weight stays zero.
        var rounding = activations.dtype == ScalarType.Float64 ? 1e-13 : 1e-6;
        var constant = centered.abs().amax([0], keepdim: true).le(x.abs().amax([0], keepdim: true) * rounding);
        centered.masked_fill_(constant, 0);

        // The smaller of the two possible products has the same non-zero eigenvalues as the larger.
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
            mean.MoveToOuterDisposeScope()
        );
    }

    /// <summary>Converts weights of the components to a linear map of the neurons, in the activations' type.</summary>
    /// <param name="weight">(outputs, components).</param>
    /// <param name="bias">(outputs), for rows with mean 0.</param>
    /// <param name="type">The type of the activations; the result for half precision is in single precision.</param>
    /// <returns>(outputs, neurons) and (outputs); they belong to the open dispose scope.</returns>
    public (Tensor Weight, Tensor Bias) ToNeurons(Tensor weight, Tensor bias, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var result = type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var weights = weight.mm(Directions.t());
        var offset = bias - weights.mm(Mean.t()).squeeze(1);
        return (weights.to(result).MoveToOuterDisposeScope(), offset.to(result).MoveToOuterDisposeScope());
    }
}
