using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.Modules;

/// <summary>Two tensors one after the other as a module: each takes the relevance of its part.</summary>
public sealed class Cat(long dim = 0) : nn.Module<Tensor, Tensor, Tensor>(nameof(Cat)), INeedsNoInterception
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) => cat([input1, input2], dim);
}

/// <summary>Two tensors along a new dimension as a module: each takes the relevance of its part.</summary>
public sealed class Stack(long dim = 0) : nn.Module<Tensor, Tensor, Tensor>(nameof(Stack))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) => stack([input1, input2], dim);
}

/// <summary>Another shape as a module: each entry takes its own relevance.</summary>
public sealed class Reshape(params long[] shape) : nn.Module<Tensor, Tensor>(nameof(Reshape))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => input.reshape(shape);
}
