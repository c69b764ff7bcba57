using System.Reflection;
using TorchSharp;

namespace Lrp.Core.Functions;

/// <summary>
/// The way of an exception from a handler through native code to the operator's caller. The runtime of this project throws the
/// exception itself again when the native message carries a number it was given; the package makes an ExternalException of the message.
/// </summary>
internal static class RuntimeFaults
{
    private static readonly Func<Exception, long>? Keep = typeof(torch).Assembly
        .GetType("Lrp.Torch.Interop.ManagedFailures")?
        .GetMethod("Keep", BindingFlags.NonPublic | BindingFlags.Static)?
        .CreateDelegate<Func<Exception, long>>();

    /// <summary>Whether an operator's caller gets the handler's own exception.</summary>
    public static bool ReachTheCaller => Keep is not null;

    /// <summary>The exception's message, marked so that the runtime finds the exception where it can.</summary>
    public static string Marked(Exception exception) =>
        Keep is null ? exception.Message : $"{exception.Message} (managed exception #{Keep(exception)})";
}
