using Lrp.Torch.Interop;
using Lrp.Torch.Memory;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A handle on an n-dimensional array of libtorch.</summary>
    public partial class Tensor : IDisposable, IScoped
    {
        private static long s_totalCount;
        private static long s_peakCount;

        internal IntPtr handle;
        private long _unowned;
        private DisposeScope? _scope;

        internal Tensor(IntPtr handle, bool register = true)
        {
            this.handle = handle;
            if (handle == IntPtr.Zero)
            {
                GC.SuppressFinalize(this); // an undefined gradient: nothing to own
                return;
            }

            long total = Interlocked.Increment(ref s_totalCount);
            if (total > s_peakCount)
            {
                s_peakCount = total;
            }

            if (register)
            {
                DisposeScopeManager.OfThread.Register(this);
            }

            if (_scope is null)
            {
                _unowned = Unowned.Add(handle, total);
            }
        }

        /// <summary>Wraps a native handle (<c>at::Tensor*</c>), which the new object owns.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        public string? name { get; set; }

        /// <summary>The native handle, an <c>at::Tensor*</c>.</summary>
        /// <exception cref="InvalidOperationException">The tensor was disposed.</exception>
        public IntPtr Handle => handle != IntPtr.Zero ? handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        public bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Tensor objects alive in this process.</summary>
        public static long TotalCount => Interlocked.Read(ref s_totalCount);

        /// <summary>The most tensor objects that were alive at once.</summary>
        public static long PeakCount => s_peakCount;

        internal DisposeScope? OwningDisposeScope => _scope;

        DisposeScope? IScoped.OwningDisposeScope
        {
            get => _scope;
            set
            {
                _scope = value;
                if (value is not null)
                {
                    ForgetUnowned();
                }
                else if (handle != IntPtr.Zero)
                {
                    _unowned = Unowned.Add(handle, s_totalCount);
                }
            }
        }

        LifetimeStatistics IScoped.StatisticsIn(ThreadDisposeScopeStatistics all) => all.TensorStatistics;

        private void ForgetUnowned()
        {
            Unowned.Remove(_unowned);
            _unowned = 0;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            IntPtr owned = Interlocked.Exchange(ref handle, IntPtr.Zero);
            if (owned == IntPtr.Zero)
            {
                return;
            }

            if (disposing)
            {
                DisposeScopeManager.OfThread.Disposing(this);
            }

            ForgetUnowned();
            Interlocked.Decrement(ref s_totalCount);
            Native.lrp_tensor_free(owned);
        }

        ~Tensor() => Dispose(false);

        /// <summary>Gives the native handle away; this object becomes invalid.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            IntPtr given = Handle;
            GC.SuppressFinalize(this);
            _scope?.Forget(this);
            handle = IntPtr.Zero;
            ForgetUnowned();
            Interlocked.Decrement(ref s_totalCount);
            return given;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            _scope?.MoveToOuter<Tensor>(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            _scope?.Detach<Tensor>(this);
            return this;
        }

        [Obsolete("The method name misspells 'Detach.' Use 'DetachFromDisposeScope' instead.", false)]
        public Tensor DetatchFromDisposeScope() => DetachFromDisposeScope();

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other._scope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (_scope is null)
            {
                other?.Attach(this);
            }
            else
            {
                _scope.MoveToOther<Tensor>(other, this);
            }

            return this;
        }

        /// <summary>The same tensor under another handle.</summary>
        public Tensor alias()
        {
            var other = new Tensor(Native.lrp_tensor_alias(Handle));
            GC.KeepAlive(this);
            return other;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => base.GetHashCode();
    }
}
