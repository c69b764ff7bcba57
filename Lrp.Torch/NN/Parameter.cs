using Lrp.Torch.Memory;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>A tensor that a module registers as a parameter.</summary>
        public class Parameter : Tensor
        {
            /// <summary>
            /// Makes a parameter of a tensor's storage, in the tensor's place in its dispose scope. The tensor itself is
            /// used up: it is invalid afterwards.
            /// </summary>
            public Parameter(Tensor data, bool requires_grad = true)
                : this(data ?? throw new ArgumentNullException(nameof(data)), requires_grad, data.OwningDisposeScope)
            {
            }

            private Parameter(Tensor data, bool requires_grad, DisposeScope? scope)
                : base(data.with_requires_grad(requires_grad).DecoupleFromNativeHandle(), false)
            {
                if (scope is null) return;
                scope.Items.Add(this);
                ((IScoped)this).OwningDisposeScope = scope;
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
