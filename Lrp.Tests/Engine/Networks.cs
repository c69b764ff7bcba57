using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>Small networks with reproducible random weights.</summary>
public static class Networks
{
    /// <summary>
    /// Convolution, ReLU, pooling, convolution, ReLU, flatten, two linear layers; input [N, 2, 8, 8].
    /// </summary>
    public static Sequential Convolutional(bool bias, bool inplace = false, ScalarType dtype = ScalarType.Float64)
    {
        manual_seed(7);
        var model = nn.Sequential(
            ("conv1", nn.Conv2d(2, 4, 3, padding: 1, bias: bias)),
            ("relu1", nn.ReLU(inplace)),
            ("pool", nn.MaxPool2d(2)),
            ("conv2", nn.Conv2d(4, 6, 3, padding: 1, bias: bias)),
            ("relu2", nn.ReLU(inplace)),
            ("flatten", nn.Flatten()),
            ("fc1", nn.Linear(96, 10, bias)),
            ("relu3", nn.ReLU(inplace)),
            ("fc2", nn.Linear(10, 3, bias))
        );
        model.to(dtype);
        model.eval();
        return model;
    }

    public static Tensor Images(long samples, ScalarType dtype = ScalarType.Float64)
    {
        manual_seed(11);
        return randn([samples, 2, 8, 8], ScalarType.Float64).to(dtype);
    }

    /// <summary>The relevance of the input for output 1 of every sample.</summary>
    public static Tensor Explain(nn.Module<Tensor, Tensor> model, Tensor input)
    {
        var point = input.detach().clone().requires_grad_();
        using var output = model.call(point);
        using var chosen = output.detach().OneHot(1);
        output.backward([chosen]);
        return point.grad!;
    }

    /// <summary>The output at one index, zero at the others: what an explanation of that output starts from.</summary>
    public static Tensor OneHot(this Tensor output, long index)
    {
        var start = zeros_like(output);
        start.select(-1, index).copy_(output.select(-1, index));
        return start;
    }
}
