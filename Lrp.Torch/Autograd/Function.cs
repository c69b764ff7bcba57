using System.Runtime.InteropServices;
using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static unsafe partial class autograd
    {
        /// <summary>An operation with a forward and a backward of its own.</summary>
        public abstract class Function<T> where T : Function<T>, new()
        {
            private static readonly T s_instance = new();

            public abstract string Name { get; }

            internal abstract List<Tensor> RunForward(AutogradContext context, object[] vars);

            internal abstract List<Tensor> RunBackward(AutogradContext context, List<Tensor> gradients);

            public static List<Tensor> apply_internal(params object[] vars)
            {
                ArgumentNullException.ThrowIfNull(vars);
                var inputs = new List<Tensor>(vars.Length);
                foreach (object argument in vars)
                {
                    if (argument is Tensor { IsInvalid: false } tensor)
                    {
                        inputs.Add(tensor);
                    }
                }

                var context = new AutogradContext();
                if (!is_grad_enabled() || !inputs.Exists(t => t.requires_grad))
                {
                    using (no_grad())
                    {
                        return s_instance.RunForward(context, vars);
                    }
                }

                IntPtr[] given = Handles(inputs, nameof(vars));
                var state = new FunctionNode(
                    context,
                    [.. vars.Select(v => v is Tensor { IsInvalid: false })],
                    s_instance.Name ?? typeof(T).Name,
                    (ctx, gradients) => s_instance.RunBackward(ctx, gradients));
                IntPtr node = state.Create(given);
                try
                {
                    List<Tensor> outputs;
                    using (no_grad())
                    {
                        outputs = s_instance.RunForward(context, vars);
                    }

                    List<Tensor> wrapped = Wrap(node, given, outputs, context);
                    context.BindTo(node);
                    GC.KeepAlive(inputs);
                    return wrapped;
                }
                finally
                {
                    Native.lrp_node_free(node);
                }
            }

            private static List<Tensor> Wrap(IntPtr node, IntPtr[] given, List<Tensor> outputs, AutogradContext context)
            {
                IntPtr[] handles = OptionalHandles(outputs);
                int[] kinds = [.. outputs.Select(o => context.NonDifferentiable.Contains(o, ReferenceEqualityComparer.Instance) ? 1
                    : context.Dirty.Contains(o, ReferenceEqualityComparer.Instance) ? 2
                    : o is not null && (o.is_floating_point() || o.is_complex()) ? 0 : 1)];
                var results = new IntPtr[handles.Length];
                fixed (IntPtr* pg = given, po = handles, pr = results)
                fixed (int* pk = kinds)
                {
                    Native.Check(Native.lrp_node_wrap(node, pg, given.Length, po, pk, handles.Length, pr));
                }

                GC.KeepAlive(outputs);
                return [.. results.Select(r => r == IntPtr.Zero ? null! : new Tensor(r))];
            }
        }

        /// <summary>A function with one output.</summary>
        public abstract class SingleTensorFunction<T> : Function<T> where T : SingleTensorFunction<T>, new()
        {
            public abstract Tensor forward(AutogradContext ctx, params object[] vars);

            /// <summary>One gradient for each argument of forward, null for those that are no tensors.</summary>
            public abstract List<Tensor> backward(AutogradContext ctx, Tensor grad_output);

            public static Tensor apply(params object[] vars) => apply_internal(vars)[0];

            internal sealed override List<Tensor> RunForward(AutogradContext context, object[] vars) => [forward(context, vars)];

            internal sealed override List<Tensor> RunBackward(AutogradContext context, List<Tensor> gradients) => backward(context, gradients[0]);
        }

        /// <summary>A function with several outputs.</summary>
        public abstract class MultiTensorFunction<T> : Function<T> where T : MultiTensorFunction<T>, new()
        {
            public abstract List<Tensor> forward(AutogradContext ctx, params object[] vars);

            /// <summary>One gradient for each argument of forward, null for those that are no tensors.</summary>
            public abstract List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);

            public static List<Tensor> apply(params object[] vars) => apply_internal(vars);

            internal sealed override List<Tensor> RunForward(AutogradContext context, object[] vars) => forward(context, vars);

            internal sealed override List<Tensor> RunBackward(AutogradContext context, List<Tensor> gradients) => backward(context, gradients);
        }
    }
}
