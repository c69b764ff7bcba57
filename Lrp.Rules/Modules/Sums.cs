using Lrp.Core;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Rules.Modules;

/// <summary>
/// a + b as a module, such as a residual connection; by itself with the rule of <see cref="Relevance.add(Tensor,
/// Tensor, Stabilizer?)"/>.
/// </summary>
public sealed class Add(Stabilizer? epsilon = null)
    : nn.Module<Tensor, Tensor, Tensor>(nameof(Add)),
        INeedsNoInterception
{
    /// <summary>
    /// Whether it has its own rule only while a composite is registered, and the plain gradient otherwise.
    /// </summary>
    public bool OnlyWhileRegistered { get; init; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this, OnlyWhileRegistered)
            ? Relevance.add(input1, input2, epsilon)
            : input1.add(input2);
}

/// <summary>
/// a − b as a module; by itself with the rule of <see cref="Relevance.sub(Tensor, Tensor, Stabilizer?)"/>.
/// </summary>
public sealed class Sub(Stabilizer? epsilon = null) : nn.Module<Tensor, Tensor, Tensor>(nameof(Sub))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this) ? Relevance.sub(input1, input2, epsilon) : input1.sub(input2);
}

/// <summary>The sum over dimensions as a module, so that a composite can match it.</summary>
/// <remarks>
/// A residual block that ends in <c>sum.call(stack([branch, shortcut], -1))</c> lets a composite decide how relevance
/// splits between the two. With a stabilizer the module has by itself the rule of <see cref="Relevance.sum"/>, as the
/// other modules here have theirs; without one it is the plain function.
/// </remarks>
/// <param name="dimensions">
/// The dimensions that are summed over; negative ones count from the end; null for all.
/// </param>
/// <param name="keepdim">Whether they stay, with size 1.</param>
/// <param name="epsilon">Stabilizes the denominator of the module's own rule; null for no rule of its own.</param>
public sealed class Sum(long[]? dimensions = null, bool keepdim = false, Stabilizer? epsilon = null)
    : nn.Module<Tensor, Tensor>(nameof(Sum))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) =>
        epsilon is not null && FunctionModule.HasOwnRule(this)
            ? Relevance.sum(input, dimensions, keepdim, epsilon: epsilon)
            : input.sum(Shapes.Dimensions(dimensions, input.dim()), keepdim);
}

/// <summary>The mean over dimensions as a module; by itself with the rule of <see cref="Relevance.mean"/>.</summary>
public sealed class Mean(long[]? dimensions = null, bool keepdim = false, Stabilizer? epsilon = null)
    : nn.Module<Tensor, Tensor>(nameof(Mean))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) =>
        FunctionModule.HasOwnRule(this)
            ? Relevance.mean(input, dimensions, keepdim, epsilon: epsilon)
            : input.mean(Shapes.Dimensions(dimensions, input.dim()), keepdim);
}
