using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>
/// The weights and inputs of reference cases that ship none: entry i of tensor number k is
/// gain · sin(1.37 i + 0.71 k + seed).
/// </summary>
/// <param name="seed">Shifts every sine.</param>
/// <param name="gain">A weight of more than one dimension has √(gain / fan).</param>
public sealed class SineWeights(double seed, double gain)
{
    private const int InputNumber = 1000;

    /// <summary>Fills a model, its parameters counted before its buffers.</summary>
    /// <param name="model">The model; it becomes float64 and is set to evaluation.</param>
    /// <param name="children">
    /// The names of the children that count, in PyTorch's order of declaration; null where the model declares its parts
    /// in that order, its own parameters among them.
    /// </param>
    public void Fill(nn.Module model, IReadOnlyList<string>? children)
    {
        model.to(ScalarType.Float64);
        model.eval();
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        var declared = model.named_children().ToDictionary(child => child.name, child => child.module);
        var modules = (children?.SelectMany(name => Walk(declared[name])) ?? Walk(model)).ToList();
        var k = 0;
        foreach (var module in modules)
        {
            // PyTorch declares weights before biases.
            foreach (var (name, parameter) in module.named_parameters(false).OrderBy(entry => entry.name == "bias"))
            {
                Fill(name, parameter, k++);
            }
        }

        foreach (var (name, buffer) in modules.SelectMany(module => module.named_buffers(false)))
        {
            if (buffer.is_floating_point())
            {
                Fill(name, buffer, k++);
            }
        }
    }

    /// <summary>The input.</summary>
    public Tensor Input(long[] shape) => Sine(shape, InputNumber).mul_(1.9);

    private static IEnumerable<nn.Module> Walk(nn.Module module) =>
        module.named_children().SelectMany(child => Walk(child.module)).Prepend(module);

    private void Fill(string name, Tensor tensor, int k)
    {
        var sine = Sine(tensor.shape, k);
        var values = name switch
        {
            _ when name == "running_mean" || name.EndsWith("bias", StringComparison.Ordinal) => sine.mul_(0.1),
            "running_var" => sine.mul_(0.5).add_(1),
            _ when tensor.dim() > 1 => sine.mul_(Math.Sqrt(gain * tensor.shape[0] / tensor.numel())),
            _ => sine.mul_(0.3).add_(1),
        };
        tensor.copy_(values);
    }

    private Tensor Sine(long[] shape, int k)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        return arange(count, ScalarType.Float64).mul_(1.37).add_(0.71 * k).add_(seed).sin_().reshape(shape);
    }
}
