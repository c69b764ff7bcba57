using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>Models whose explanations can be written down.</summary>
internal static class Models
{
    /// <summary>f(x) = W·x for flat inputs; a row of W an output.</summary>
    public static Linear Linear(double[,] weights) => nn.Linear(new Parameter(tensor(weights), requires_grad: false));

    /// <summary>f(x) = W·flatten(x) for images of any shape.</summary>
    public static Sequential LinearOnImages(double[,] weights) => nn.Sequential(nn.Flatten(), Linear(weights));

    /// <summary>A ReLU network without biases: 6 inputs, 3 outputs, float64.</summary>
    public static Sequential Relu()
    {
        manual_seed(3);
        var network = nn.Sequential(
            nn.Linear(6, 8, hasBias: false, dtype: ScalarType.Float64),
            nn.ReLU(),
            nn.Linear(8, 3, hasBias: false, dtype: ScalarType.Float64)
        );
        network.eval();
        return network;
    }

    /// <summary>Whatever a lambda computes.</summary>
    public static Function Of(Func<Tensor, Tensor> function) => new(function);

    public static Tensor Inputs(params double[][] samples) => stack([.. samples.Select(sample => tensor(sample))]);

    public static double[] Values(Tensor tensor) => tensor.to(ScalarType.Float64).contiguous().data<double>().ToArray();

    internal sealed class Function(Func<Tensor, Tensor> function) : nn.Module<Tensor, Tensor>(nameof(Function))
    {
        public override Tensor forward(Tensor input) => function(input);
    }
}
