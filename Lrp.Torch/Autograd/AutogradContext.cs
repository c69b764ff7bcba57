using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static unsafe partial class autograd
    {
        /// <summary>What a custom function's forward keeps for its backward.</summary>
        public class AutogradContext : IDisposable
        {
            private readonly Dictionary<string, object?> _data = [];
            private IntPtr _weakNode;

            internal AutogradContext()
            {
            }

            internal List<Tensor> ToSave { get; private set; } = [];
            internal List<Tensor> Dirty { get; private set; } = [];
            internal List<Tensor> NonDifferentiable { get; private set; } = [];

            /// <summary>Whether backward gets zeros for outputs that have no gradient, rather than invalid tensors.</summary>
            public bool MaterializeGrads { get; private set; } = true;

            public void save_for_backward(List<Tensor> tensors) => ToSave = tensors ?? throw new ArgumentNullException(nameof(tensors));

            public void save_data(string key, object value) => _data[key] = value;

            public object get_data(string key) => _data.GetValueOrDefault(key)!;

            public void mark_dirty(List<Tensor> tensors) => Dirty = [.. tensors];

            public void mark_non_differentiable(List<Tensor> tensors) => NonDifferentiable = [.. tensors];

            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            /// <summary>The tensors given to <see cref="save_for_backward"/>, as new objects.</summary>
            /// <exception cref="System.Runtime.InteropServices.ExternalException">The graph was freed, or one was changed in place since.</exception>
            public List<Tensor> get_saved_variables()
            {
                IntPtr node = _weakNode == IntPtr.Zero ? IntPtr.Zero : Native.lrp_node_lock(_weakNode);
                if (node == IntPtr.Zero)
                {
                    return [];
                }

                try
                {
                    var handles = new IntPtr[Native.lrp_node_saved_count(node)];
                    fixed (IntPtr* p = handles)
                    {
                        Native.Check(Native.lrp_node_saved(node, p, handles.Length));
                    }

                    return [.. handles.Select(h => h == IntPtr.Zero ? null! : new Tensor(h))];
                }
                finally
                {
                    Native.lrp_node_free(node);
                }
            }

            internal void BindTo(IntPtr node)
            {
                _weakNode = Native.lrp_node_weak(node);
                Native.lrp_node_materialize(node, MaterializeGrads ? 1 : 0);
                if (ToSave.Count > 0)
                {
                    IntPtr[] handles = OptionalHandles(ToSave);
                    fixed (IntPtr* p = handles)
                    {
                        Native.Check(Native.lrp_node_save(node, p, handles.Length));
                    }

                    GC.KeepAlive(ToSave);
                }

                ToSave = [];
                Dirty = [];
                NonDifferentiable = [];
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                IntPtr weak = Interlocked.Exchange(ref _weakNode, IntPtr.Zero);
                if (weak != IntPtr.Zero)
                {
                    Native.lrp_node_weak_free(weak);
                }

                _data.Clear();
            }
        }
    }
}
