using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Whether operations on it are recorded.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">Not a floating-point tensor, or switching it off for a tensor that is not a leaf.</exception>
        public bool requires_grad
        {
            get => Info.RequiresGrad;
            set
            {
                Native.Check(Native.lrp_tensor_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>The gradient that backward left here; null before.</summary>
        public Tensor? grad
        {
            get
            {
                IntPtr gradient = Read(Native.lrp_tensor_grad(Handle));
                return gradient == IntPtr.Zero ? null : new Tensor(gradient);
            }
            set
            {
                Native.Check(Native.lrp_tensor_set_grad(Handle, value?.Handle ?? IntPtr.Zero));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public void backward() => autograd.Backward([this], null, false, false, null);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.Backward([this], grad_tensors, retain_graph, create_graph, inputs);
    }
}
