namespace Lrp.Core.Engine;

/// <summary>Messages for those exceptions of autograd whose own does not help.</summary>
internal static class AutogradMessages
{
    /// <summary>The exception itself, or one that says what to do about it.</summary>
    public static Exception Explained(Exception exception)
    {
        var message = SafeText.Of(exception);
        if (message.Contains("modified by an inplace operation", StringComparison.Ordinal))
        {
            return new InvalidOperationException(
                "a value that the rule needs, or a weight of the module, was overwritten after the module ran. Change "
                    + "weights after backward(). Where an operation in place follows the module, use its out-of-place "
                    + "form, or a module with inplace: true, for which the values are copied.",
                exception
            );
        }

        if (message.Contains("backward through the graph a second time", StringComparison.Ordinal))
        {
            return SecondPass(exception);
        }

        return exception;
    }

    /// <summary>What the first backward pass has used is gone.</summary>
    public static InvalidOperationException SecondPass(Exception? cause = null) =>
        new(
            "backward() ran a second time over the same forward pass. Call the model again, or pass "
                + "retain_graph: true to the first backward().",
            cause
        );
}
