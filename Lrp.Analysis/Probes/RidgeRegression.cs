using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>
/// Linear regression with the penalty λ₂‖w‖² in closed form: the minimum of (1/n)‖Xw + b − y‖² + λ₂‖w‖², without a penalty
/// the shortest of its minima.
/// </summary>
internal static class RidgeRegression
{
    private const double MachineEpsilon = 2.220446049250313e-16;

    public static (Tensor Weight, Tensor Bias) Solve(Tensor activations, Tensor labels, double l2)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor x = activations.detach().to(ScalarType.Float64);
        Tensor y = labels.to(ScalarType.Float64);
        Tensor mean = x.mean([0], keepdim: true);
        Tensor center = y.mean();
        Tensor centered = x - mean;
        Tensor target = (y - center).unsqueeze(1);

        // The eigenvalues of the smaller of XᵀX and XXᵀ; more neurons than rows are no trouble then.
        (long rows, long neurons) = (x.shape[0], x.shape[1]);
        bool wide = neurons > rows;
        Tensor gram = wide ? centered.mm(centered.t()) : centered.t().mm(centered);
        (Tensor values, Tensor vectors) = linalg.eigh(gram);
        values = values.clamp_min(0);
        double smallest = values.max().ToDouble() * Math.Max(rows, neurons) * MachineEpsilon;
        Tensor inverse = (values + (rows * l2)).reciprocal().masked_fill(values.le(smallest), 0).unsqueeze(1);
        Tensor weight = wide
            ? centered.t().mm(vectors.mm(inverse * vectors.t().mm(target)))
            : vectors.mm(inverse * vectors.t().mm(centered.t().mm(target)));
        Tensor bias = center - mean.mm(weight).squeeze();
        ScalarType type = activations.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        return (
            weight.t().contiguous().to(type).MoveToOuterDisposeScope(),
            bias.reshape(1).to(type).MoveToOuterDisposeScope());
    }
}
