using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Derivatives.</summary>
    public static unsafe partial class autograd
    {
        private static IntPtr[] Handles(IList<Tensor>? tensors, string name)
        {
            if (tensors is null)
            {
                return [];
            }

            var handles = new IntPtr[tensors.Count];
            for (int k = 0; k < handles.Length; k++)
            {
                handles[k] = (tensors[k] ?? throw new ArgumentNullException(name, $"autograd: {name}[{k}] is null.")).Handle;
            }

            return handles;
        }

        private static IntPtr[] OptionalHandles(IList<Tensor>? tensors) =>
            tensors is null ? [] : [.. tensors.Select(t => t is null ? IntPtr.Zero : t.Handle)];

        /// <summary>Gradients of the outputs' weighted sum for the inputs; entries for unused inputs are null where <paramref name="allow_unused"/> is given.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">An output has no graph, a shape does not fit, the graph was freed.</exception>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            ArgumentNullException.ThrowIfNull(outputs);
            ArgumentNullException.ThrowIfNull(inputs);
            IntPtr[] o = Handles(outputs, nameof(outputs)), i = Handles(inputs, nameof(inputs)), g = OptionalHandles(grad_outputs);
            var results = new IntPtr[i.Length];
            fixed (IntPtr* po = o, pi = i, pg = g, pr = results)
            {
                Native.Check(Native.lrp_grad(po, o.Length, pi, i.Length, pg, g.Length, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, pr));
            }

            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            var gradients = new Tensor[results.Length];
            for (int k = 0; k < results.Length; k++)
            {
                gradients[k] = results[k] == IntPtr.Zero ? null! : new Tensor(results[k]);
            }

            return gradients;
        }

        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            Backward(tensors, grad_tensors, retain_graph ?? create_graph, create_graph, inputs);

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            Backward([tensor], grad_tensors, retain_graph ?? create_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            Backward([tensor], [grad_tensor], retain_graph ?? create_graph, create_graph, inputs);

        internal static void Backward(IList<Tensor> tensors, IList<Tensor>? grads, bool retainGraph, bool createGraph, IList<Tensor>? inputs)
        {
            ArgumentNullException.ThrowIfNull(tensors);
            IntPtr[] t = Handles(tensors, nameof(tensors)), g = OptionalHandles(grads), i = Handles(inputs, nameof(inputs));
            fixed (IntPtr* pt = t, pg = g, pi = i)
            {
                Native.Check(Native.lrp_backward(pt, t.Length, pg, g.Length, retainGraph ? 1 : 0, createGraph ? 1 : 0, pi, i.Length));
            }

            GC.KeepAlive(tensors);
            GC.KeepAlive(grads);
            GC.KeepAlive(inputs);
        }

        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);

        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);
    }
}
