using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Torch.Interop;

/// <summary>The managed side of a graph node: what libtorch calls when it runs the node backwards.</summary>
internal sealed unsafe class FunctionNode(AutogradContext context, bool[] isTensor, string title, Func<AutogradContext, List<Tensor>, List<Tensor>> backward)
{
    private readonly object _lock = new();

    /// <summary>Makes the native node, which owns this object from then on.</summary>
    internal IntPtr Create(IntPtr[] inputs)
    {
        GCHandle self = GCHandle.Alloc(this);
        fixed (IntPtr* p = inputs)
        {
            IntPtr node = Native.lrp_node_new(title, p, inputs.Length, &Backward, &Release, GCHandle.ToIntPtr(self));
            if (node == IntPtr.Zero)
            {
                self.Free();
                throw Native.Failure();
            }

            return node;
        }
    }

    [UnmanagedCallersOnly]
    private static void Release(IntPtr state)
    {
        GCHandle self = GCHandle.FromIntPtr(state);
        ((FunctionNode)self.Target!).Dispose();
        self.Free();
    }

    private void Dispose() => context.Dispose();

    [UnmanagedCallersOnly]
    private static long Backward(IntPtr state, IntPtr* gradients, int count, IntPtr* results, int resultCount)
    {
        try
        {
            var node = (FunctionNode)GCHandle.FromIntPtr(state).Target!;
            lock (node._lock)
            {
                node.Run(new ReadOnlySpan<IntPtr>(gradients, count), new Span<IntPtr>(results, resultCount));
            }

            return 0;
        }
        catch (Exception exception)
        {
            return ManagedFailures.Keep(exception);
        }
    }

    private void Run(ReadOnlySpan<IntPtr> gradients, Span<IntPtr> results)
    {
        var given = new List<Tensor>(gradients.Length);
        foreach (IntPtr gradient in gradients)
        {
            given.Add(new Tensor(gradient));
        }

        List<Tensor> made = backward(context, given) ?? throw new InvalidOperationException($"{title}: backward returned null.");
        if (made.Count > isTensor.Length && made.Skip(isTensor.Length).All(t => t is null || t.IsInvalid))
        {
            made = made.GetRange(0, isTensor.Length);
        }

        if (made.Count != isTensor.Length)
        {
            throw new InvalidOperationException($"{title}: backward returned an incorrect number of gradients (expected {isTensor.Length}, one for each argument of forward, got {made.Count}).");
        }

        int next = 0;
        for (int k = 0; k < made.Count; k++)
        {
            bool present = made[k] is { IsInvalid: false };
            if (isTensor[k])
            {
                results[next++] = present ? Native.lrp_tensor_alias(made[k].Handle) : IntPtr.Zero;
            }
            else if (present)
            {
                throw new InvalidOperationException($"{title}: backward returned a gradient at position {k + 1}, but that argument of forward was not a tensor.");
            }
        }

        GC.KeepAlive(made);
    }
}
