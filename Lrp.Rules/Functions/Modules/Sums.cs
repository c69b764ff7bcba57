using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Rules.Modules;

/// <summary>a + b as a module, such as a residual connection; by itself with the rule of <see cref="Relevance.add(Tensor, Tensor, double)"/>.</summary>
public sealed class Add(double epsilon = FunctionEpsilon.Add) : nn.Module<Tensor, Tensor, Tensor>(nameof(Add))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this) ? Relevance.add(input1, input2, epsilon) : input1.add(input2);
}

/// <summary>a − b as a module; by itself with the rule of <see cref="Relevance.sub(Tensor, Tensor, double)"/>.</summary>
public sealed class Sub(double epsilon = FunctionEpsilon.Add) : nn.Module<Tensor, Tensor, Tensor>(nameof(Sub))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this) ? Relevance.sub(input1, input2, epsilon) : input1.sub(input2);
}

/// <summary>The sum over dimensions as a module; by itself with the rule of <see cref="Relevance.sum"/>.</summary>
public sealed class Sum(long[]? dimensions = null, bool keepdim = false, double epsilon = FunctionEpsilon.Reduction) : nn.Module<Tensor, Tensor>(nameof(Sum))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => FunctionModule.HasOwnRule(this)
        ? Relevance.sum(input, dimensions, keepdim, epsilon: epsilon)
        : input.sum(Shares.Dimensions(dimensions, input.dim()), keepdim);
}

/// <summary>The mean over dimensions as a module; by itself with the rule of <see cref="Relevance.mean"/>.</summary>
public sealed class Mean(long[]? dimensions = null, bool keepdim = false, double epsilon = FunctionEpsilon.Reduction) : nn.Module<Tensor, Tensor>(nameof(Mean))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => FunctionModule.HasOwnRule(this)
        ? Relevance.mean(input, dimensions, keepdim, epsilon: epsilon)
        : input.mean(Shares.Dimensions(dimensions, input.dim()), keepdim);
}
