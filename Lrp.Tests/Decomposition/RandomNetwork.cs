using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>The network of a <see cref="NetworkCase"/>, in float64 and in evaluation, with its input.</summary>
internal sealed class RandomNetwork : nn.Module<Tensor, Tensor>
{
    private readonly List<NetworkStep> _steps = [];

    public RandomNetwork(NetworkCase @case)
        : base("network")
    {
        manual_seed(@case.Seed);
        Input = rand(@case.Shape, ScalarType.Float64) * 2 - 0.9;
        var shape = @case.Shape;
        foreach (var operatorName in @case.Operators)
        {
            var chosen = NetworkOperator.Of(operatorName);
            var step = chosen.Create(shape);
            if (step.Layer is not null)
            {
                FillNorm(step.Layer);
                register_module($"layer{_steps.Count}", step.Layer);
            }

            _steps.Add(step);
            shape = chosen.After(shape);
        }

        this.to(ScalarType.Float64);
        eval();
    }

    public Tensor Input { get; }

    public override Tensor forward(Tensor input) => _steps.Aggregate(input, (x, step) => step.Call(x));

    /// <summary>Gives a normalization weights and statistics other than one and zero.</summary>
    /// <remarks>TorchSharp 0.107's GroupNorm leaves weight and bias uninitialised.</remarks>
    private static void FillNorm(nn.Module layer)
    {
        if (layer is not (TorchSharp.Modules.NormBase or TorchSharp.Modules.GroupNorm or TorchSharp.Modules.LayerNorm))
        {
            return;
        }

        using var off = no_grad();
        foreach (var parameter in layer.parameters())
        {
            parameter.uniform_(-1, 1);
        }

        foreach (var (name, buffer) in layer.named_buffers())
        {
            if (name.StartsWith("running", StringComparison.Ordinal))
            {
                buffer.uniform_(0.2, 1.5);
            }
        }
    }
}
