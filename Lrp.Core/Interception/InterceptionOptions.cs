namespace Lrp.Core.Interception;

/// <summary>When a scope of <see cref="OperatorInterception"/> acts, and what ends it.</summary>
public sealed record InterceptionOptions
{
    /// <summary>The defaults: act always, until disposed.</summary>
    public static InterceptionOptions Default { get; } = new();

    /// <summary>
    /// Act only where gradients are on and an argument requires one: elsewhere there is no relevance to pass on.
    /// </summary>
    public bool OnlyWithGradients { get; init; }

    /// <summary>
    /// The scope is entered in a module's forward pre-hook and left in its forward hook. Where an exception leaves the
    /// module's <c>call()</c> in between, the hook never runs; the scope then ends by itself.
    /// </summary>
    public bool EndsWithModuleCall { get; init; }
}
