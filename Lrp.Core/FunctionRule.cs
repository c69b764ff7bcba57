using Lrp.Core.Hooks;

namespace Lrp.Core;

/// <summary>A rule for a function inside somebody's <c>forward</c>, such as an addition or a softmax.</summary>
public abstract class FunctionRule : Rule;

/// <summary>A function as a composite's key.</summary>
public abstract class FunctionKey
{
    /// <summary>The function's name, as reports print it.</summary>
    public abstract string Name { get; }

    /// <summary>Makes the interceptor that gives the functions of a model their rules while its forward runs.</summary>
    /// <param name="entries">Every function entry of the composite, in order; a null rule leaves a function alone.</param>
    /// <param name="root">The registered model itself as a place, for reporting.</param>
    /// <returns>An interceptor that the registration attaches to the model.</returns>
    /// <remarks>Called once a registration, on the key of the first entry, for all entries together.</remarks>
    public abstract IModuleInterceptor Intercept(IReadOnlyList<FunctionEntry> entries, RuleSite root);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A function and its rule.</summary>
/// <param name="Key">The function.</param>
/// <param name="Rule">Its rule; null leaves the function alone.</param>
public sealed record FunctionEntry(FunctionKey Key, FunctionRule? Rule);
