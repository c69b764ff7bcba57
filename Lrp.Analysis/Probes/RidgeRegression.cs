using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>
/// Linear regression with the penalty λ₂‖w‖² in closed form: minimizes (1/n)‖Xw + b − y‖² + λ₂‖w‖². Without a penalty,
/// it gives the solution with the smallest norm.
/// </summary>
/// <remarks>torch.linalg.lstsq is not used: on a GPU it does not give the solution with the smallest norm.</remarks>
internal static class RidgeRegression
{
    public static (Tensor Weight, Tensor Bias) Solve(Tensor activations, Tensor labels, double l2)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var components = PrincipalComponents.Of(activations);
        var y = labels.to(ScalarType.Float64);
        var center = y.mean([0], keepdim: true);
        var covariances = (y - center).unsqueeze(0).mm(components.Rows) / y.shape[0];
        var (weight, bias) = components.ToNeurons(covariances / (components.Variances + l2), center, activations.dtype);
        return (weight.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope());
    }
}
